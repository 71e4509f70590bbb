//! The block function of ChaCha20 (RFC 8439), with a 64-bit counter and the nonce zero.

/// How many bytes a block has.
pub(crate) const BLOCK: usize = 64;

/// The block `counter` of the stream of `key`.
pub(crate) fn block(key: &[u8; 32], counter: u64) -> [u8; BLOCK] {
    let mut start = [0u32; 16];
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    for (word, bytes) in start[4..12].iter_mut().zip(key.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    start[12] = counter as u32;
    start[13] = (counter >> 32) as u32;
    let mut state = start;
    for _ in 0..10 {
        quarter_round::<0, 4, 8, 12>(&mut state);
        quarter_round::<1, 5, 9, 13>(&mut state);
        quarter_round::<2, 6, 10, 14>(&mut state);
        quarter_round::<3, 7, 11, 15>(&mut state);
        quarter_round::<0, 5, 10, 15>(&mut state);
        quarter_round::<1, 6, 11, 12>(&mut state);
        quarter_round::<2, 7, 8, 13>(&mut state);
        quarter_round::<3, 4, 9, 14>(&mut state);
    }
    let mut block = [0; BLOCK];
    for (index, bytes) in block.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *bytes = state[index].wrapping_add(start[index]).to_le_bytes();
    }
    block
}

#[inline(always)]
fn quarter_round<const A: usize, const B: usize, const C: usize, const D: usize>(
    state: &mut [u32; 16],
) {
    state[A] = state[A].wrapping_add(state[B]);
    state[D] = (state[D] ^ state[A]).rotate_left(16);
    state[C] = state[C].wrapping_add(state[D]);
    state[B] = (state[B] ^ state[C]).rotate_left(12);
    state[A] = state[A].wrapping_add(state[B]);
    state[D] = (state[D] ^ state[A]).rotate_left(8);
    state[C] = state[C].wrapping_add(state[D]);
    state[B] = (state[B] ^ state[C]).rotate_left(7);
}

/// Fills `buffer` with the bytes of the stream of `key` that begin at `position`.
pub(crate) fn fill(key: &[u8; 32], position: u64, buffer: &mut [u8]) {
    let mut counter = position / BLOCK as u64;
    let mut skip = (position % BLOCK as u64) as usize;
    let mut rest = buffer;
    while !rest.is_empty() {
        let block = block(key, counter);
        let taken = rest.len().min(BLOCK - skip);
        let (now, later) = rest.split_at_mut(taken);
        now.copy_from_slice(&block[skip..skip + taken]);
        (rest, skip, counter) = (later, 0, counter.wrapping_add(1));
    }
}
