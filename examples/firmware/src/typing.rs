//! What is typed while nobody reads.

use esp_port::board::Input;

/// Ctrl-C.
const INTERRUPT: u8 = 3;
/// Bytes that are kept.
const ROOM: usize = 64;

/// Bytes that were typed ahead, and whether Ctrl-C was among them.
#[derive(Debug)]
pub struct Typing {
    bytes: [u8; ROOM],
    /// Where the first byte is, and how many there are.
    first: usize,
    count: usize,
    interrupted: bool,
}

impl Default for Typing {
    fn default() -> Self {
        Self {
            bytes: [0; ROOM],
            first: 0,
            count: 0,
            interrupted: false,
        }
    }
}

impl Typing {
    /// Takes what a terminal has. What does not fit is missed by whoever typed it.
    pub fn listen(&mut self, mut poll: impl FnMut() -> Option<u8>) {
        while let Some(byte) = poll() {
            match byte {
                INTERRUPT => self.interrupted = true,
                _ if self.count == ROOM => {}
                _ => {
                    self.bytes[(self.first + self.count) % ROOM] = byte;
                    self.count += 1;
                }
            }
        }
    }

    /// Bytes that fit yet.
    pub fn room(&self) -> usize {
        ROOM - self.count
    }

    /// The next byte.
    pub fn read(&mut self) -> Input {
        if self.count == 0 {
            return Input::Nothing;
        }
        let byte = self.bytes[self.first];
        self.first = (self.first + 1) % ROOM;
        self.count -= 1;
        Input::Byte(byte)
    }

    /// Whether Ctrl-C was typed since this was asked last.
    pub fn interrupted(&mut self) -> bool {
        core::mem::take(&mut self.interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(typing: &mut Typing, text: &[u8]) {
        let mut bytes = text.iter().copied();
        typing.listen(|| bytes.next());
    }

    #[test]
    fn bytes_come_in_order_and_an_interrupt_beside_them() {
        let mut typing = Typing::default();
        for _ in 0..ROOM {
            typed(&mut typing, b"a\x03b");
            assert!(typing.interrupted() && !typing.interrupted());
            assert_eq!(typing.read(), Input::Byte(b'a'));
            assert_eq!(typing.read(), Input::Byte(b'b'));
            assert_eq!(typing.read(), Input::Nothing);
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut typing = Typing::default();
        typed(&mut typing, &[b'x'; ROOM]);
        typed(&mut typing, b"yz\x03");
        assert!(typing.interrupted());
        let kept = core::iter::from_fn(|| match typing.read() {
            Input::Byte(byte) => Some(byte),
            _ => None,
        });
        assert!(kept.eq([b'x'; ROOM]));
    }
}
