//! What goes wrong on the wire, as the client reads it.

/// An error answer: AWS's code, the HTTP status and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// AWS's code.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence.
    pub message: String,
    /// More members of the error, such as `Reason`.
    pub details: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault with its code, status and sentence.
    pub fn new(code: impl Into<String>, status: u16, message: impl Into<String>) -> Fault {
        Fault { code: code.into(), status, message: message.into(), details: Vec::new() }
    }

    /// The same with another member.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Fault {
        self.details.push((name, value.into()));
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Fault {}

/// A request that cannot be read, before a service words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A required parameter is absent.
    Missing(String),
    /// A parameter's value is not of its type.
    IllTyped(String, String),
    /// A parameter that the model does not know.
    Unknown(String),
    /// A parameter that the model knows, and that is not honoured.
    Unsupported(String),
    /// Not a request of this protocol at all.
    Malformed(String),
}
