//! Number models of the format.

/// Width of the numbers an image was compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Model {
    /// 32-bit integers and floats.
    Num32 = 1,
    /// 64-bit integers and floats: standard Lua 5.3.
    Num64 = 2,
}

impl Model {
    /// The model with this number in an image header, if there is one.
    pub const fn from_u8(value: u8) -> Option<Model> {
        match value {
            1 => Some(Model::Num32),
            2 => Some(Model::Num64),
            _ => None,
        }
    }

    /// Words of one constant slot in an image of this model.
    pub const fn slot_words(self) -> u32 {
        match self {
            Model::Num32 => 1,
            Model::Num64 => 2,
        }
    }
}

impl core::fmt::Display for Model {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Model::Num32 => "Num32",
            Model::Num64 => "Num64",
        })
    }
}
