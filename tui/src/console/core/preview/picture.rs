//! A picture that is ready to be drawn.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A picture that is ready to be drawn. Only the view knows of what it is made: the core has no terminal.
#[derive(Clone)]
pub(crate) struct Picture(Arc<dyn Any + Send + Sync>);

impl Picture {
    /// A picture.
    pub(crate) fn new(picture: impl Any + Send + Sync) -> Self {
        Self(Arc::new(picture))
    }

    /// The picture, if it is of this type.
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Picture")
    }
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
