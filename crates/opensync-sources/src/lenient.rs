//! JSON values read forgivingly: a wrong type counts as absent.
//!
//! Every field is read this way. Of two equal keys the last wins, and unknown fields are skipped
//! without building anything. Only text that is no JSON is an error.

use std::borrow::Cow;

use opensync_core::time;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Visitor methods that accept a scalar and make nothing of it.
macro_rules! ignored {
    (seq) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    (map) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    ($($method:ident $(: $type:ty)?),*) => {
        $(fn $method<E: Error>(self $(, _: $type)?) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })*
    };
}

/// `expecting` is only asked for errors that cannot happen: every type is accepted.
macro_rules! anything {
    () => {
        fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str("any value")
        }
    };
}

/// Declares a struct whose fields are read from the keys named.
macro_rules! fields {
    ($(#[$about:meta])* $name:ident<$life:lifetime> { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Default)]
        pub(super) struct $name<$life> {
            $(pub(super) $field: $type,)*
            is_there: bool,
            life: std::marker::PhantomData<&$life ()>,
        }

        impl $crate::lenient::There for $name<'_> {
            fn is_there(&self) -> bool {
                self.is_there
            }
        }

        impl<$life> ::serde::Deserialize<$life> for $name<$life> {
            fn deserialize<D: ::serde::Deserializer<$life>>(deserializer: D) -> Result<Self, D::Error> {
                use $crate::lenient::{Text, anything, ignored};
                use ::serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
                struct Fields;
                impl<'de> Visitor<'de> for Fields {
                    type Value = $name<'de>;
                    anything!();
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut value = $name { is_there: true, ..$name::default() };
                        while let Some(key) = map.next_key::<Text<'de>>()? {
                            match key.get().unwrap_or_default() {
                                $($key => value.$field = map.next_value()?,)*
                                _ => {
                                    map.next_value::<IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(value)
                    }
                    ignored!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, visit_unit);
                    ignored!(seq);
                }
                deserializer.deserialize_any(Fields)
            }
        }
    };
}

/// Objects that may be absent: all their fields are empty then.
pub(crate) trait There {
    /// Whether there is an object.
    fn is_there(&self) -> bool;
}

/// A string, or nothing.
#[derive(Default, Clone)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The string when it says something.
    pub(crate) fn filled(&self) -> Option<&str> {
        self.get().filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn owned(&self) -> Option<String> {
        self.filled().map(str::to_owned)
    }
}

impl<'a> Deserialize<'a> for Text<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Text<'de>;
            anything!();
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            ignored!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_unit);
            ignored!(seq);
            ignored!(map);
        }
        deserializer.deserialize_any(Words)
    }
}

/// A number, also one written as a string, or nothing.
#[derive(Default, Clone, Copy)]
pub(crate) struct Number(pub(crate) Option<f64>);

impl Number {
    /// As a count; nothing and negative numbers are 0.
    pub(crate) fn count(self) -> u64 {
        self.0.unwrap_or(0.0) as u64
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl<'de> Visitor<'de> for Digits {
            type Value = Number;
            anything!();
            fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
                Ok(Number(Some(number as f64)))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
                Ok(Number(Some(number as f64)))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
                Ok(Number(Some(number).filter(|number| number.is_finite())))
            }
            fn visit_str<E>(self, text: &str) -> Result<Number, E> {
                Ok(Number(text.trim().parse().ok().filter(|number: &f64| number.is_finite())))
            }
            ignored!(visit_bool: bool, visit_unit);
            ignored!(seq);
            ignored!(map);
        }
        deserializer.deserialize_any(Digits)
    }
}

/// A boolean, or nothing.
#[derive(Default, Clone, Copy)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Flag {
    pub(crate) fn set(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct YesNo;
        impl<'de> Visitor<'de> for YesNo {
            type Value = Flag;
            anything!();
            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(Some(value)))
            }
            ignored!(visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, visit_unit);
            ignored!(seq);
            ignored!(map);
        }
        deserializer.deserialize_any(YesNo)
    }
}

/// A moment in Unix milliseconds, written as RFC 3339 text or as a number, or nothing.
#[derive(Default, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Clock;
        impl<'de> Visitor<'de> for Clock {
            type Value = Moment;
            anything!();
            fn visit_i64<E>(self, number: i64) -> Result<Moment, E> {
                Ok(Moment(time::from_number(number as f64)))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Moment, E> {
                Ok(Moment(time::from_number(number as f64)))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Moment, E> {
                Ok(Moment(time::from_number(number)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Moment, E> {
                Ok(Moment(time::parse(text)))
            }
            ignored!(visit_bool: bool, visit_unit);
            ignored!(seq);
            ignored!(map);
        }
        deserializer.deserialize_any(Clock)
    }
}

/// Content that is a string or a list of `T`.
#[derive(Default)]
pub(crate) enum Content<'a, T> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Blocks(Vec<T>),
}

impl<'a, T: Deserialize<'a>> Deserialize<'a> for Content<'a, T> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Content<'de, T>;
            anything!();
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Content::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Content::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut blocks = Vec::new();
                while let Some(block) = seq.next_element()? {
                    blocks.push(block);
                }
                Ok(Content::Blocks(blocks))
            }
            ignored!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_unit);
            ignored!(map);
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

pub(crate) use {anything, fields, ignored};
