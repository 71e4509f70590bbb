//! What persists under `.resow/`: records, blobs, images, and the results folder.
