//! Images unpacked once, as folders that every sandbox of this user shares.
