//! Exports the source of HEAD, as a run would, into a cache: what `cargo xtask bench` measures.
//!
//! Usage: `export REPOSITORY CACHE`.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use resow_executor::source::{Repository, Selection, SourceCache};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(repository), Some(cache)) = (arguments.next(), arguments.next()) else {
        return Err("usage: export REPOSITORY CACHE".into());
    };
    let repository = Repository::discover(Path::new(&repository))?;
    let head = repository.head()?.ok_or("there is no commit")?;
    let cache = SourceCache::open(Path::new(&cache))?;
    let source = cache.ensure(&repository, &head, &Selection::default())?;
    let files = source.tree.entries.len();
    writeln!(std::io::stdout(), "{files} files, {}", source.tree.id())?;
    Ok(())
}
