//! The operations of pickles, protocols 2 to 5: after Python's `pickletools`, which documents each.

pub(super) const PROTO: u8 = 0x80;
pub(super) const FRAME: u8 = 0x95;
pub(super) const STOP: u8 = b'.';
pub(super) const MARK: u8 = b'(';
pub(super) const POP: u8 = b'0';
pub(super) const POP_MARK: u8 = b'1';
pub(super) const DUP: u8 = b'2';

pub(super) const NONE: u8 = b'N';
pub(super) const NEW_TRUE: u8 = 0x88;
pub(super) const NEW_FALSE: u8 = 0x89;
pub(super) const BIN_INT: u8 = b'J';
pub(super) const BIN_INT_1: u8 = b'K';
pub(super) const BIN_INT_2: u8 = b'M';
pub(super) const LONG_1: u8 = 0x8a;
pub(super) const LONG_4: u8 = 0x8b;
pub(super) const BIN_FLOAT: u8 = b'G';
pub(super) const BIN_STRING: u8 = b'T';
pub(super) const SHORT_BIN_STRING: u8 = b'U';
pub(super) const BIN_UNICODE: u8 = b'X';
pub(super) const SHORT_BIN_UNICODE: u8 = 0x8c;
pub(super) const BIN_UNICODE_8: u8 = 0x8d;
pub(super) const BIN_BYTES: u8 = b'B';
pub(super) const SHORT_BIN_BYTES: u8 = b'C';
pub(super) const BIN_BYTES_8: u8 = 0x8e;
pub(super) const BYTE_ARRAY_8: u8 = 0x96;

pub(super) const EMPTY_LIST: u8 = b']';
pub(super) const APPEND: u8 = b'a';
pub(super) const APPENDS: u8 = b'e';
pub(super) const LIST: u8 = b'l';
pub(super) const EMPTY_TUPLE: u8 = b')';
pub(super) const TUPLE: u8 = b't';
pub(super) const TUPLE_1: u8 = 0x85;
pub(super) const TUPLE_2: u8 = 0x86;
pub(super) const TUPLE_3: u8 = 0x87;
pub(super) const EMPTY_DICT: u8 = b'}';
pub(super) const DICT: u8 = b'd';
pub(super) const SET_ITEM: u8 = b's';
pub(super) const SET_ITEMS: u8 = b'u';
pub(super) const EMPTY_SET: u8 = 0x8f;
pub(super) const ADD_ITEMS: u8 = 0x90;
pub(super) const FROZEN_SET: u8 = 0x91;

pub(super) const GLOBAL: u8 = b'c';
pub(super) const STACK_GLOBAL: u8 = 0x93;
pub(super) const REDUCE: u8 = b'R';
pub(super) const BUILD: u8 = b'b';
pub(super) const NEW_OBJECT: u8 = 0x81;
pub(super) const NEW_OBJECT_NAMED: u8 = 0x92;
pub(super) const BIN_PERSISTENT: u8 = b'Q';

pub(super) const BIN_GET: u8 = b'h';
pub(super) const LONG_BIN_GET: u8 = b'j';
pub(super) const BIN_PUT: u8 = b'q';
pub(super) const LONG_BIN_PUT: u8 = b'r';
pub(super) const MEMOIZE: u8 = 0x94;
