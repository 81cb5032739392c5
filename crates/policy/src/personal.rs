//! Personal values, wrapped: they go nowhere that the policy does not name.

use std::fmt;
use std::marker::PhantomData;

use crate::marker::{Kind, MayReceive, MayUse, Named};

/// A personal value of a kind.
///
/// It can be shown to nobody by accident: it has no `Display`, cannot be serialised, and its `Debug` names
/// the kind only. It comes out for a processor that may receive it, or for a purpose that uses it.
///
/// ```
/// use policy::{Personal, kind, processor, purpose};
/// let photo = Personal::<kind::Photo, _>::new("pixels");
/// assert_eq!(*photo.for_processor::<processor::Fal>(), "pixels");
/// let email = Personal::<kind::Email, _>::new("anna@example.org");
/// assert_eq!(*email.for_processor::<processor::Clerk>(), "anna@example.org");
/// assert_eq!(*email.for_purpose::<purpose::ServiceMessages>(), "anna@example.org");
/// assert_eq!(format!("{email:?}"), "Personal(email)");
/// ```
///
/// An e-mail address does not go to Fal.ai:
///
/// ```compile_fail,E0277
/// use policy::{Personal, kind, processor};
/// let email = Personal::<kind::Email, _>::new("anna@example.org");
/// email.for_processor::<processor::Fal>();
/// ```
///
/// nor is a photo used for analytics:
///
/// ```compile_fail,E0277
/// use policy::{Personal, kind, purpose};
/// let photo = Personal::<kind::Photo, _>::new("pixels");
/// photo.for_purpose::<purpose::Analytics>();
/// ```
///
/// nor is anything printed,
///
/// ```compile_fail,E0277
/// use policy::{Personal, kind};
/// println!("{}", Personal::<kind::Email, _>::new("anna@example.org"));
/// ```
///
/// or serialised (a plain value is),
///
/// ```compile_fail,E0277
/// use policy::{Personal, kind};
/// serde_json::to_string(&Personal::<kind::Email, _>::new("anna@example.org")).unwrap();
/// ```
///
/// ```
/// serde_json::to_string("anna@example.org").unwrap();
/// ```
///
/// or taken for the value that it wraps,
///
/// ```compile_fail,E0599
/// use policy::{Personal, kind};
/// Personal::<kind::Email, _>::new("anna@example.org").len();
/// ```
///
/// and nobody else can let a processor of their own in:
///
/// ```compile_fail,E0277
/// use policy::marker::{MayReceive, Named};
/// enum Stranger {}
/// impl MayReceive<policy::kind::Email> for Stranger {}
/// ```
pub struct Personal<K: Kind, T> {
    value: T,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind, T> Personal<K, T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self { value, kind: PhantomData }
    }

    /// The value, for a processor that may receive it.
    pub fn for_processor<P: MayReceive<K>>(&self) -> &T {
        &self.value
    }

    /// The value, for a purpose that uses it.
    pub fn for_purpose<P: MayUse<K>>(&self) -> &T {
        &self.value
    }

    /// The value itself, for a purpose that uses it.
    pub fn into_for_purpose<P: MayUse<K>>(self) -> T {
        self.value
    }

    /// What is made of the value for a purpose; it stays of its kind.
    pub fn map<P: MayUse<K>, U>(self, make: impl FnOnce(T) -> U) -> Personal<K, U> {
        Personal::new(make(self.value))
    }
}

impl<K: Kind, T> fmt::Debug for Personal<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Personal({})", <K as Named>::ID)
    }
}

impl<K: Kind, T: Clone> Clone for Personal<K, T> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}
