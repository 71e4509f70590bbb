//! A manifest's faults: the line, a caret under what is wrong, and what to do.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use resow_manifest::fault::Faults;

/// All faults of one file, one after another, with a blank line between them.
pub(crate) fn render(path: &str, text: &str, faults: &Faults, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let name = Path::new(path).file_stem().unwrap_or_default();
    let name = name.to_string_lossy();
    faults
        .iter()
        .map(|fault| {
            let snippet = Snippet::source(text)
                .path(path)
                .annotation(AnnotationKind::Primary.span(fault.span.clone()));
            let mut group =
                Group::with_title(Level::ERROR.primary_title(&fault.message)).element(snippet);
            if let Some(hint) = &fault.hint {
                // A manifest does not know its own name; who reads the hint wants to copy it.
                let hint = hint.replace("`resow pin`", &format!("`resow pin {name}`"));
                group = group.element(Level::HELP.with_name("hint").message(hint));
            }
            renderer.render(&[group])
        })
        .collect::<Vec<_>>()
        .join("\n\n")
}
