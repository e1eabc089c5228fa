//! A store on the bench: images, starts, steps, and the look at what is mounted.

use lfs_format::image::{Image, Verified};
use lfs_format::link::{LinkError, Modules, link};
use lfs_format::model::Model;
use lfs_format::nor::{Cut, NorModel};
use lfs_format::store::{Acceptance, Error, FlashMap, Layout, Region, Selected, Store};
use lfs_format::write::{BuildInfo, ImageWriter};

use crate::expected::{Expected, Pair, Step, Way};
use crate::support::modules::add_texts;

/// What went wrong; any is an image lost.
#[derive(Debug)]
pub struct Loss(pub String);

fn loss<T>(text: impl Into<String>) -> Result<T, Loss> {
    Err(Loss(text.into()))
}

/// A layout and the images for it.
pub struct Rig<const ERASE: usize, const WRITE: usize> {
    pub blocks: usize,
    pub layout: Layout,
    pub images: Vec<Vec<u32>>,
}

/// How a session ended.
pub enum End {
    Done(Vec<Expected>),
    /// The power went; the states the store may be in, and the step to take next, which may be done already.
    Cut(Vec<Expected>, usize),
}

/// The image of this number; its content is `size` bytes.
pub fn image(number: u8, size: usize) -> Vec<u32> {
    let mut writer = ImageWriter::new(Model::Num32);
    let data: Vec<u8> = (0..size)
        .map(|at| number.wrapping_mul(37).wrapping_add(at as u8))
        .collect();
    writer.add_resource(b"r", &data).unwrap();
    writer.finish(&BuildInfo::default()).unwrap()
}

/// Number of the image that is [made of modules](linked_image).
pub const LINKED: u8 = 6;

/// Modules for the image number [`LINKED`]: each has a name and some strings.
const MODULES: [(&[u8], &[&[u8]]); 3] = [
    (
        b"b",
        &[
            b"print",
            b"x",
            b"a string of more than forty bytes, so a long one",
        ],
    ),
    (b"ab", &[b"x", b"print", b"y"]),
    (b"c", &[b"y", b"b"]),
];

/// The image of the given modules, by the writer that images are compared to.
fn image_of(modules: &[(&[u8], &[&[u8]])]) -> Vec<u32> {
    let mut writer = ImageWriter::new(Model::Num32);
    for (name, texts) in modules {
        let texts: Vec<Vec<u8>> = texts.iter().map(|text| text.to_vec()).collect();
        let main = add_texts(&mut writer, &texts);
        writer.add_module(name, main).unwrap();
    }
    writer.finish(&BuildInfo::default()).unwrap()
}

/// The image number [`LINKED`].
pub fn linked_image() -> Vec<u32> {
    image_of(&MODULES)
}

/// The modules as images of their own.
struct Singles(Vec<Vec<u32>>);

impl Modules for Singles {
    type Error = core::convert::Infallible;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, module: usize) -> &[u8] {
        MODULES[module].0
    }

    fn with_image<R>(
        &mut self,
        module: usize,
        f: impl FnOnce(Image<'_, Verified>) -> R,
    ) -> Result<R, Self::Error> {
        Ok(f(Image::new(&self.0[module]).unwrap().verify().unwrap()))
    }
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

impl<const ERASE: usize, const WRITE: usize> Rig<ERASE, WRITE> {
    pub fn flash(&self) -> NorModel<ERASE, WRITE> {
        NorModel::new(self.blocks).unwrap()
    }

    /// The number of an image in flash. All of them were verified when they were made, so word by word the same is verified.
    fn number(&self, selected: &Selected, flash: &NorModel<ERASE, WRITE>) -> Option<u8> {
        let words = flash.mapped(selected.range())?;
        let number = self.images.iter().position(|image| image == words)?;
        Some(number as u8)
    }

    /// The numbers of what is mounted.
    fn mounted(&self, store: &Store<&mut NorModel<ERASE, WRITE>>) -> Result<Pair, Loss> {
        let mut pair = [None; 2];
        for region in Region::ALL {
            let Some(selected) = store.selected(region) else {
                continue;
            };
            pair[region as usize] = self.number(&selected, store.flash());
            if pair[region as usize].is_none() {
                let found = store.image(region).map(|_| "another image");
                return loss(format!("{region:?}: selected, but there is {found:?}"));
            }
        }
        Ok(pair)
    }

    /// Starts the store, looks, and takes the steps; the first of them not if it is done, where it may be because it was cut.
    pub fn session(
        &self,
        flash: &mut NorModel<ERASE, WRITE>,
        mut states: Vec<Expected>,
        steps: &[Step],
        resumed: bool,
        cut: Option<Cut>,
    ) -> Result<End, Loss> {
        flash.power_up();
        if let Some(cut) = cut {
            flash.cut(cut);
        }
        let worn: u32 = (0..self.blocks).map(|block| flash.wear(block)).sum();
        let opened = Store::open(&mut *flash, self.layout.clone(), Model::Num32);
        let mut store = match opened {
            Ok(store) => store,
            Err(error) => {
                return match flash.is_on() {
                    true => loss(format!("open: {error:?}")),
                    false => Ok(End::Cut(states, 0)),
                };
            }
        };
        let erased: u32 = (0..self.blocks)
            .map(|block| store.flash().wear(block))
            .sum();
        if erased > worn + 1 {
            return loss(format!("recovery erased {} blocks", erased - worn));
        }
        let booted = states
            .iter()
            .map(|state| state.booted())
            .collect::<Vec<_>>();
        if let Err(error) = store.boot() {
            let on = store.flash().is_on();
            states.extend(booted);
            return match on {
                true => loss(format!("boot: {error:?}")),
                false => Ok(End::Cut(distinct(states), 0)),
            };
        }
        states = self.look(&store, booted)?;
        self.guard(&store);
        for (number, step) in steps.iter().enumerate() {
            if number == 0 && resumed && states.iter().all(|state| step.is_done(state)) {
                continue;
            }
            let result = self.take(*step, &mut store);
            if !store.flash().is_on() {
                let within = states.iter().filter_map(|state| step.within(*state));
                let after = states.iter().filter_map(|state| step.after(*state));
                let more: Vec<_> = within.chain(after).collect();
                states.extend(more);
                let states = distinct(states);
                return self.contract(flash, End::Cut(states, number));
            }
            states = judge(*step, result, states)?;
        }
        self.contract(flash, End::Done(states))
    }

    fn contract(&self, flash: &NorModel<ERASE, WRITE>, end: End) -> Result<End, Loss> {
        match flash.violation() {
            Some(violation) => loss(format!("{violation}")),
            None => Ok(end),
        }
    }

    /// Which of the states the store shows.
    fn look(
        &self,
        store: &Store<&mut NorModel<ERASE, WRITE>>,
        states: Vec<Expected>,
    ) -> Result<Vec<Expected>, Loss> {
        let pair = self.mounted(store)?;
        let pending = store.pending().map(|pending| {
            let number = self.images.iter().position(|words| {
                let id = u64::from(words[9]) << 32 | u64::from(words[8]);
                id == pending.build_id()
            });
            (number.unwrap_or(usize::MAX) as u8, pending.started)
        });
        let shown = |state: &Expected| {
            state.current == pair && state.trial == store.trial() && state.pending == pending
        };
        let left: Vec<_> = states.iter().copied().filter(shown).collect();
        match left.is_empty() {
            true => loss(format!(
                "mounted {pair:?}, trial {:?}, pending {pending:?}; expected one of {states:?}",
                store.trial()
            )),
            false => Ok(left),
        }
    }

    /// What runs from a region with room for two is not to be touched.
    fn guard(&self, store: &Store<&mut NorModel<ERASE, WRITE>>) {
        let range = |region| {
            let several = self.layout.slots(region) > 1;
            let selected = store.selected(region).filter(|_| several);
            selected.map_or(0..0, |selected| selected.range())
        };
        let [system, application] = Region::ALL.map(range);
        store.flash().guard([system, application, 0..0, 0..0]);
    }

    fn take(
        &self,
        step: Step,
        store: &mut Store<&mut NorModel<ERASE, WRITE>>,
    ) -> Result<(), Error> {
        match step {
            Step::Update { images, trial, way } => self.update(store, images, trial, way),
            Step::Broken(number) => {
                let mut words = self.images[usize::from(number)].clone();
                *words.last_mut().unwrap() ^= 0x100;
                let mut update = store.update()?;
                let mut stream = update.stream(Region::Application, None)?;
                stream.write(&bytes(&words))?;
                stream.finish()?;
                update.commit(Acceptance::AtOnce)
            }
            Step::Confirm => store.confirm(),
            Step::Rollback => store.rollback(),
            Step::Verify => store.verify(Region::Application).map(|_| ()),
            Step::Request(number) => {
                let image = bytes(&self.images[usize::from(number)]);
                store.request(Region::Application, &[b'0' + number], &image[..])
            }
            Step::Resume => {
                let name = store.pending().ok_or(Error::NoRequest)?.source().to_vec();
                let image = bytes(&self.images[usize::from(name[0] - b'0')]);
                store.resume(&image[..])
            }
            Step::Abandon => store.abandon(),
        }
    }

    fn update(
        &self,
        store: &mut Store<&mut NorModel<ERASE, WRITE>>,
        images: Pair,
        trial: Option<u8>,
        way: Way,
    ) -> Result<(), Error> {
        let mut update = store.update()?;
        for (region, number) in Region::ALL.into_iter().zip(images) {
            let Some(number) = number else { continue };
            let image = bytes(&self.images[usize::from(number)]);
            match way {
                Way::Source => update.install(region, &image[..])?,
                Way::Stream => {
                    let mut stream = update.stream(region, Some(image.len() as u32))?;
                    image.chunks(50).try_for_each(|part| stream.write(part))?;
                    stream.finish()?;
                }
                Way::Build => {
                    let mut builder = update.build(region, image.len() as u32)?;
                    // In pieces of 96 bytes, backwards, so the header comes last.
                    for (index, part) in image.chunks(96).enumerate().rev() {
                        let mut part = part.to_vec();
                        part.resize(part.len().next_multiple_of(WRITE), 0xff);
                        builder.write(index as u32 * 96, &part)?;
                    }
                    builder.finish()?;
                }
                Way::Link => {
                    assert_eq!(number, LINKED);
                    let singles = MODULES.iter().map(|module| image_of(&[*module]));
                    let mut singles = Singles(singles.collect());
                    let info = BuildInfo::default();
                    link(&mut update, region, &mut singles, &info, 0).map_err(
                        |error| match error {
                            LinkError::Store(error) => error,
                            error => unreachable!("{error}"),
                        },
                    )?;
                }
            }
        }
        update.commit(trial.map_or(Acceptance::AtOnce, Acceptance::Trial))?;
        if trial.is_some() && store.confirm() != Err(Error::NotStarted) {
            // Taken for an error of the store by `judge`.
            return Err(Error::NotVerified);
        }
        Ok(())
    }

    /// Starts without steps: what is confirmed stays as it is. A cut may leave cells that show themselves later, which costs one start
    /// a record; else nothing is written to find the state.
    pub fn settle(
        &self,
        flash: &mut NorModel<ERASE, WRITE>,
        mut states: Vec<Expected>,
        cuts: usize,
    ) -> Result<(), Loss> {
        let mut wrote = 0;
        for _ in 0..2 {
            let before = flash.operations();
            let quiet = states.iter().all(|state| state.trial.is_none());
            states = match self.session(flash, states, &[], false, None)? {
                End::Done(states) => states,
                End::Cut(..) => return loss("power went without a cut"),
            };
            wrote += usize::from(quiet && flash.operations() > before);
        }
        match wrote > cuts {
            true => loss("recovery writes again and again"),
            false => Ok(()),
        }
    }
}

/// The states that go with the result of a step.
fn judge(
    step: Step,
    result: Result<(), Error>,
    states: Vec<Expected>,
) -> Result<Vec<Expected>, Loss> {
    let broken = matches!(step, Step::Broken(_));
    let after: Vec<_> = match result {
        Ok(()) if broken => return loss("a broken image was taken"),
        Ok(()) => states
            .iter()
            .filter_map(|state| step.after(*state))
            .collect(),
        Err(Error::Image(_)) if broken => {
            let after = states.iter().filter_map(|state| step.after(*state));
            after.chain(states.iter().copied()).collect()
        }
        Err(Error::NoPrevious) if step == Step::Rollback => {
            let none = |state: &&Expected| state.trial.is_none() && state.previous.is_none();
            states.iter().filter(none).copied().collect()
        }
        // All slots are taken by what is on trial and what it would fall back to.
        Err(Error::NoFreeSlot) => {
            let trial = |state: &&Expected| state.trial.is_some();
            states.iter().filter(trial).copied().collect()
        }
        Err(error) => return loss(format!("{step:?}: {error:?} in {states:?}")),
    };
    match after.is_empty() {
        true => loss(format!("{step:?} gave {result:?} in {states:?}")),
        false => Ok(distinct(after)),
    }
}

fn distinct(states: Vec<Expected>) -> Vec<Expected> {
    let mut different = Vec::new();
    for state in states {
        if !different.contains(&state) {
            different.push(state);
        }
    }
    different
}
