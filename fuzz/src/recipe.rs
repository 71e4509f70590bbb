//! Recipes: one meaning, whatever the order of words.

use resow_executor::image::recipe::Recipe;

use crate::words;

/// A recipe's text: it means the same twice, and its names are ones that ordinary clients may be given.
pub fn recipe(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    match Recipe::parse(text) {
        Ok(recipe) => {
            let again = Recipe::parse(text).expect("read twice");
            assert_eq!(again, recipe);
            assert_eq!(again.digest(), recipe.digest());
            let words = recipe.packages.iter().chain(&recipe.wheels);
            for word in words.chain([&recipe.suite]) {
                let is_option = word.starts_with('-') || word.contains(char::is_control);
                assert!(!is_option && !word.is_empty(), "{word:?}");
            }
            true
        }
        Err(error) => {
            words::check(&error, error.hint());
            false
        }
    }
}
