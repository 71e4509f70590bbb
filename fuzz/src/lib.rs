//! What must hold of everything that resow reads from strangers, as one plain function a format.
//!
//! Each takes any bytes, panics where a property is broken, and says whether the bytes were accepted. libFuzzer calls them from
//! `fuzz/targets/`, and an ordinary test calls the same functions with every file of `fuzz/corpus/`.

mod archive;
mod claim;
mod columns;
mod content;
mod events;
mod export;
mod layer;
mod layer_rules;
mod lock;
mod manifest;
pub mod mending;
mod package;
mod pickle;
mod recipe;
mod record;
mod scratch;
mod stream;
mod trace;
mod unpacked;
mod wheel;
mod words;

pub use archive::archive;
pub use claim::claim;
pub use columns::columns;
pub use content::content;
pub use events::events;
pub use export::export;
pub use layer::layer;
pub use lock::lock;
pub use manifest::manifest;
pub use package::package;
pub use pickle::pickle;
pub use recipe::recipe;
pub use record::record;
pub use stream::stream;
pub use trace::trace;
pub use wheel::wheel;

/// A property: it panics where it is broken, and says whether the bytes are accepted.
pub type Property = fn(&[u8]) -> bool;

/// Every target by its name, which is also that of its folder in the corpus.
pub const TARGETS: [(&str, Property); 16] = [
    ("archive", archive),
    ("claim", claim),
    ("columns", columns),
    ("content", content),
    ("events", events),
    ("export", export),
    ("layer", layer),
    ("lock", lock),
    ("manifest", manifest),
    ("package", package),
    ("pickle", pickle),
    ("recipe", recipe),
    ("record", record),
    ("stream", stream),
    ("trace", trace),
    ("wheel", wheel),
];
