//! The fields of a query or a form.

/// Names and values in their order, decoded.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the query of an address or the body of a form.
    pub(super) fn new(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a field.
    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        self.all(wanted).next()
    }

    /// The first value of a field; empty without it.
    pub(super) fn value(&self, wanted: &str) -> &str {
        self.get(wanted).unwrap_or_default()
    }

    /// All values of a field.
    pub(super) fn all(&self, wanted: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}

impl IntoIterator for Fields {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
