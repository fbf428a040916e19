//! Importing and watching stores in temporary homes.

mod watch;
