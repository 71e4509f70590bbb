# Draws as R scripts do: from R's own generator, which nobody seeded.
cat(runif(3), rnorm(2), sample(100), "\n")
