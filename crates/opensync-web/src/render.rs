//! Turns what agents, tools and people wrote into safe HTML.
//!
//! Everything in a transcript is hostile: these functions take any text and give markup that holds
//! only the elements and attributes written here. [`Html`] marks text that went through them; a
//! template escapes everything else.
//!
//! To show another kind of tool, start at [`tool`]; for another language's colours, at [`highlight`].

pub mod clip;
pub mod diff;
pub mod highlight;
pub mod html;
mod mark;
pub mod markdown;
pub mod patch;
pub mod redacted;
pub mod terminal;
pub mod tool;

pub use highlight::Budget;
pub use html::Html;

#[cfg(test)]
mod tests;
