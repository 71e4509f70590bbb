//! Root file systems made of layers that are whole, odd, hostile or damaged.

mod damage;
mod hostile;
mod layers;
mod lifetime;
mod ordinary_user;
mod support;
