//! What a state knows of its mounted images.

use super::{Ctx, Function};
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::value::Val;
use lfs_format::resource::Resource;

/// Where an image lies, and when it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePlace {
    /// Address of its first byte.
    pub address: usize,
    /// Its length in bytes.
    pub bytes: usize,
    /// Seconds since 1970.
    pub build_time: u64,
}

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    /// Number of mounted images.
    pub fn image_count(self) -> usize {
        self.state().images.len()
    }

    /// Modules in all images together; hidden ones count.
    pub fn module_count(self) -> usize {
        self.state()
            .images
            .iter()
            .map(|image| image.module_count())
            .sum()
    }

    /// The image mounted last, which hides the others.
    pub fn image_place(self) -> Option<ImagePlace> {
        let image = self.state().images.last()?;
        Some(ImagePlace {
            address: image.words().as_ptr().addr(),
            bytes: image.words().len() * 4,
            build_time: image.build_time(),
        })
    }

    /// The words of the image mounted last, which hides the others.
    pub fn image_words(self) -> Option<&'gc [u32]> {
        self.state().images.last().map(|image| image.words())
    }

    /// The least module name above `last`; the first one for `None`.
    pub fn module_after(self, last: Option<&[u8]>) -> Option<&'gc [u8]> {
        let after = |name: &&[u8]| last.is_none_or(|last| *name > last);
        let names = self
            .state()
            .images
            .iter()
            .flat_map(|image| image.modules().map(|(name, _)| name.bytes()));
        names.filter(after).min()
    }

    /// A resource of the mounted images, where it lies: that of the image mounted last that has it.
    pub fn image_resource(self, name: &[u8]) -> Option<Resource<'gc>> {
        let mut images = self.state().images.iter().rev();
        images.find_map(|image| image.resource(name))
    }

    /// The main function of a module of the mounted images.
    ///
    /// # Errors
    /// Out of memory, for a module that cannot be a value by itself.
    pub fn image_module(self, name: &[u8]) -> Result<Option<Function<'gc, N>>, Throw> {
        let function = self.module_value(rostrings::hash(name), name)?;
        // SAFETY: what is not nil is the function of a module.
        Ok((!function.is_nil()).then(|| unsafe { Function::from_val(function) }))
    }

    /// The same in the VM's own form, nil if there is none, for a name whose hash is known.
    pub(crate) fn module_value(self, hash: u32, name: &[u8]) -> Result<Val<N>, Throw> {
        let found = self.state().images.iter().rev().find_map(|image| {
            let at = image.module_hashed(hash, name)?;
            image.words().get(at..).map(<[u32]>::as_ptr)
        });
        match found {
            // SAFETY: the module index of a verified image names main records.
            Some(record) => unsafe { self.state().module_function(record as *const _) },
            None => Ok(Val::NIL),
        }
    }
}
