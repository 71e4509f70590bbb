//! The messages of ONNX and their fields, after `onnx.proto` of ONNX 1.19, without documentation and the producer's
//! version.

/// A message: its fields.
pub(super) struct Schema {
    pub(super) fields: &'static [Field],
    /// Numbers of fields that mean nothing.
    pub(super) skipped: &'static [u64],
}

/// A field of a message.
pub(super) struct Field {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_repeated: bool,
    /// Whether the order in which it is repeated means nothing.
    pub(super) is_set: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Integer,
    Float,
    Text,
    Message(&'static Schema),
    Tensor,
}

const fn one(number: u64, name: &'static str, kind: Kind) -> Field {
    Field {
        number,
        name,
        kind,
        is_repeated: false,
        is_set: false,
    }
}

const fn many(number: u64, name: &'static str, kind: Kind) -> Field {
    Field {
        number,
        name,
        kind,
        is_repeated: true,
        is_set: false,
    }
}

const fn set(number: u64, name: &'static str, kind: Kind) -> Field {
    Field {
        is_set: true,
        ..many(number, name, kind)
    }
}

use Kind::{Float, Integer, Message, Tensor, Text};

/// `ModelProto`.
pub(super) static MODEL: Schema = Schema {
    fields: &[
        one(1, "ir_version", Integer),
        one(2, "producer_name", Text),
        one(4, "domain", Text),
        one(5, "model_version", Integer),
        one(7, "graph", Message(&GRAPH)),
        many(8, "opset_import", Message(&OPERATOR_SET)),
        many(14, "metadata_props", Message(&ENTRY)),
        many(20, "training_info", Message(&TRAINING)),
        many(25, "functions", Message(&FUNCTION)),
    ],
    skipped: &[3, 6],
};

static OPERATOR_SET: Schema = Schema {
    fields: &[one(1, "domain", Text), one(2, "version", Integer)],
    skipped: &[],
};

/// `StringStringEntryProto`.
pub(super) static ENTRY: Schema = Schema {
    fields: &[one(1, "key", Text), one(2, "value", Text)],
    skipped: &[],
};

static TRAINING: Schema = Schema {
    fields: &[
        one(1, "initialization", Message(&GRAPH)),
        one(2, "algorithm", Message(&GRAPH)),
        many(3, "initialization_binding", Message(&ENTRY)),
        many(4, "update_binding", Message(&ENTRY)),
    ],
    skipped: &[],
};

static GRAPH: Schema = Schema {
    fields: &[
        many(1, "node", Message(&NODE)),
        one(2, "name", Text),
        set(5, "initializer", Tensor),
        many(11, "input", Message(&VALUE_INFO)),
        many(12, "output", Message(&VALUE_INFO)),
        many(13, "value_info", Message(&VALUE_INFO)),
        many(14, "quantization_annotation", Message(&ANNOTATION)),
        many(15, "sparse_initializer", Message(&SPARSE)),
        many(16, "metadata_props", Message(&ENTRY)),
    ],
    skipped: &[10],
};

static NODE: Schema = Schema {
    fields: &[
        many(1, "input", Text),
        many(2, "output", Text),
        one(3, "name", Text),
        one(4, "op_type", Text),
        many(5, "attribute", Message(&ATTRIBUTE)),
        one(7, "domain", Text),
        one(8, "overload", Text),
        many(9, "metadata_props", Message(&ENTRY)),
    ],
    skipped: &[6],
};

static ATTRIBUTE: Schema = Schema {
    fields: &[
        one(1, "name", Text),
        one(2, "f", Float),
        one(3, "i", Integer),
        one(4, "s", Text),
        one(5, "t", Tensor),
        one(6, "g", Message(&GRAPH)),
        many(7, "floats", Float),
        many(8, "ints", Integer),
        many(9, "strings", Text),
        many(10, "tensors", Tensor),
        many(11, "graphs", Message(&GRAPH)),
        one(14, "tp", Message(&TYPE)),
        many(15, "type_protos", Message(&TYPE)),
        one(20, "type", Integer),
        one(21, "ref_attr_name", Text),
        one(22, "sparse_tensor", Message(&SPARSE)),
        many(23, "sparse_tensors", Message(&SPARSE)),
    ],
    skipped: &[13],
};

static VALUE_INFO: Schema = Schema {
    fields: &[
        one(1, "name", Text),
        one(2, "type", Message(&TYPE)),
        many(4, "metadata_props", Message(&ENTRY)),
    ],
    skipped: &[3],
};

static TYPE: Schema = Schema {
    fields: &[
        one(1, "tensor_type", Message(&TENSOR_TYPE)),
        one(4, "sequence_type", Message(&ELEMENT_TYPE)),
        one(5, "map_type", Message(&MAP_TYPE)),
        one(6, "denotation", Text),
        one(8, "sparse_tensor_type", Message(&TENSOR_TYPE)),
        one(9, "optional_type", Message(&ELEMENT_TYPE)),
    ],
    skipped: &[],
};

static TENSOR_TYPE: Schema = Schema {
    fields: &[
        one(1, "elem_type", Integer),
        one(2, "shape", Message(&SHAPE)),
    ],
    skipped: &[],
};

static ELEMENT_TYPE: Schema = Schema {
    fields: &[one(1, "elem_type", Message(&TYPE))],
    skipped: &[],
};

static MAP_TYPE: Schema = Schema {
    fields: &[
        one(1, "key_type", Integer),
        one(2, "value_type", Message(&TYPE)),
    ],
    skipped: &[],
};

static SHAPE: Schema = Schema {
    fields: &[many(1, "dim", Message(&DIMENSION))],
    skipped: &[],
};

static DIMENSION: Schema = Schema {
    fields: &[
        one(1, "dim_value", Integer),
        one(2, "dim_param", Text),
        one(3, "denotation", Text),
    ],
    skipped: &[],
};

static ANNOTATION: Schema = Schema {
    fields: &[
        one(1, "tensor_name", Text),
        many(2, "quant_parameter_tensor_names", Message(&ENTRY)),
    ],
    skipped: &[],
};

static SPARSE: Schema = Schema {
    fields: &[
        one(1, "values", Tensor),
        one(2, "indices", Tensor),
        many(3, "dims", Integer),
    ],
    skipped: &[],
};

static FUNCTION: Schema = Schema {
    fields: &[
        one(1, "name", Text),
        many(4, "input", Text),
        many(5, "output", Text),
        many(6, "attribute", Text),
        many(7, "node", Message(&NODE)),
        many(9, "opset_import", Message(&OPERATOR_SET)),
        one(10, "domain", Text),
        many(11, "attribute_proto", Message(&ATTRIBUTE)),
        many(12, "value_info", Message(&VALUE_INFO)),
        one(13, "overload", Text),
        many(14, "metadata_props", Message(&ENTRY)),
    ],
    skipped: &[8],
};
