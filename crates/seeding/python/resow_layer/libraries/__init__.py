"""One module for each library that the layer brings under the seed, imported after that library."""
