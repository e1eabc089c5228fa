//! The images that are linked: made one at a time, again and again, and found to be the same each time.

use alloc::vec::Vec;

use rostrings::record::{self, LONG_HEADER_WORDS, Record};

use super::error::{Fault, LinkError};
use crate::image::{Image, Verified};
use crate::index::MAX_MODULES;
use crate::model::Model;
use crate::names::MAX_NAME;

/// Modules to be linked.
///
/// The image of a module is made when it is asked for and may be given up behind `f`, so that there is one at a time. It is asked for
/// several times and must be the same each time, as a compiler makes of the same source.
pub trait Modules {
    /// Why an image cannot be made.
    type Error;

    /// Number of modules.
    fn count(&self) -> usize;

    /// Name of a module in the new image.
    fn name(&self, module: usize) -> &[u8];

    /// Makes the image of a module, which has one module, whatever it is called in there, and no resources, and hands it to `f`.
    ///
    /// # Errors
    ///
    /// That it cannot be made; linking ends with it.
    fn with_image<R>(
        &mut self,
        module: usize,
        f: impl FnOnce(Image<'_, Verified>) -> R,
    ) -> Result<R, Self::Error>;
}

// Not generic: the code that makes and walks an image is there once for all passes.
/// What is done with an image.
pub(super) type VisitImage<'v> = &'v mut dyn FnMut(&Image<'_, Verified>) -> Result<(), Fault>;
/// What is done with a string.
pub(super) type VisitString<'v> = &'v mut dyn FnMut(&Record<'_>) -> Result<(), Fault>;

/// The modules, with what is remembered of them.
pub(super) struct Inputs<'m, M> {
    modules: &'m mut M,
    model: Model,
    /// Build ids as they were in the first pass.
    ids: Vec<u64>,
    /// Numbers of the modules by ascending name.
    order: Vec<u16>,
    passes: u32,
}

impl<'m, M: Modules> Inputs<'m, M> {
    /// Looks at numbers and names; makes nothing yet.
    pub(super) fn new(modules: &'m mut M, model: Model) -> Result<Self, LinkError<M::Error>> {
        let count = modules.count();
        if count == 0 {
            return Err(LinkError::NoModules);
        }
        if count > MAX_MODULES {
            return Err(LinkError::TooManyModules);
        }
        let long = |module: &usize| !(1..=MAX_NAME).contains(&modules.name(*module).len());
        if let Some(module) = (0..count).find(long) {
            return Err(LinkError::NameLength(module));
        }
        let (mut ids, mut order) = (Vec::new(), Vec::new());
        ids.try_reserve_exact(count).map_err(Fault::from)?;
        order.try_reserve_exact(count).map_err(Fault::from)?;
        for module in 0..count as u16 {
            // Inserted as they come: a sort would be more code, and modules are few.
            let name = |module: &u16| modules.name(usize::from(*module));
            match order.binary_search_by(|other| name(other).cmp(name(&module))) {
                Ok(_) => return Err(LinkError::DuplicateModule(usize::from(module))),
                Err(at) => order.insert(at, module),
            }
        }
        Ok(Self {
            modules,
            model,
            ids,
            order,
            passes: 0,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn model(&self) -> Model {
        self.model
    }

    /// Passes begun so far.
    pub(super) fn passes(&self) -> u32 {
        self.passes
    }

    /// The numbers of the modules by ascending name.
    pub(super) fn order(&self) -> &[u16] {
        &self.order
    }

    pub(super) fn name(&self, module: usize) -> &[u8] {
        self.modules.name(module)
    }

    /// Makes each module's image in turn. In the first pass they are checked and remembered, later on compared.
    pub(super) fn pass(&mut self, visit: VisitImage<'_>) -> Result<(), LinkError<M::Error>> {
        let first = self.passes == 0;
        self.passes += 1;
        for module in 0..self.len() {
            let id = self.with_image(module, visit)?;
            match self.ids.get(module) {
                // Room for all was reserved before.
                None if first => self.ids.push(id),
                known if known == Some(&id) => {}
                _ => return Err(LinkError::Changed(module)),
            }
        }
        Ok(())
    }

    /// Checks an image and has it visited; gives its build id.
    fn with_image(
        &mut self,
        module: usize,
        visit: VisitImage<'_>,
    ) -> Result<u64, LinkError<M::Error>> {
        let (model, known) = (self.model, self.ids.get(module).copied());
        let seen = self.modules.with_image(module, |image| {
            let id = image.build_id();
            if known.is_some_and(|known| known != id) {
                return Ok(id);
            }
            if image.model() != model {
                return Err(LinkError::Model(module));
            }
            if image.module_count() != 1 || image.resources().next().is_some() {
                return Err(LinkError::NotOneModule(module));
            }
            visit(&image)?;
            Ok(id)
        });
        seen.map_err(|error| LinkError::Module { module, error })?
    }

    /// Visits all strings of the new image: names, then what functions and debug records refer to. Most come more than once.
    pub(super) fn strings(&mut self, visit: VisitString<'_>) -> Result<(), LinkError<M::Error>> {
        self.names(visit)?;
        self.pass(&mut |image| strings(image, visit))
    }

    /// Visits the names of the modules as records.
    pub(super) fn names(&self, visit: VisitString<'_>) -> Result<(), Fault> {
        (0..self.len()).try_for_each(|module| with_record(self.name(module), &mut *visit))
    }
}

/// A name as the record it will be.
pub(super) fn with_record<R>(
    name: &[u8],
    visit: impl FnOnce(&Record<'_>) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let mut words = [0; LONG_HEADER_WORDS + MAX_NAME.div_ceil(4)];
    record::write(&mut words, name);
    // Only a name that grew since it was checked does not fit.
    let record = Record::new(&words).ok_or(Fault::Collision)?;
    visit(&record)
}

/// Visits the strings that functions and debug records of an image refer to.
pub(super) fn strings(image: &Image<'_, Verified>, visit: VisitString<'_>) -> Result<(), Fault> {
    for function in image.functions() {
        let constants = (0..function.strings()).filter_map(|index| function.string_slot(index));
        let debug = function.debug();
        let references = debug
            .iter()
            .flat_map(|debug| (0..debug.references()).filter_map(|index| debug.reference(index)));
        // A source name may be missing: its slot is 0, which no string has.
        for slot in constants.chain(references).filter(|slot| *slot != 0) {
            if let Some(record) = image.string(&function, slot) {
                visit(&record)?;
            }
        }
    }
    Ok(())
}
