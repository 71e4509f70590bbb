//! Tables, and the digest that they have.

use super::{assert_alike, assert_read, assert_told_apart};

fn csv(left: &str, right: &str, check: impl Fn(&str, &[u8], &[u8])) {
    check("x.csv", left.as_bytes(), right.as_bytes());
}

#[test]
fn tables_that_differ_have_other_digests() {
    for (left, right) in [
        ("a,b\n1,2\n", "a,b\n1,3\n"),
        ("a,b\n1,2\n", "b,a\n1,2\n"),
        ("a,b\n1,2\n", "a,c\n1,2\n"),
        ("a,b\n1,2\n", "a,b\n1,2\n1,2\n"),
        ("a,b\n1,2\n", "a,b\n1,2,\n"),
        ("a,b\n1,\n", "a,b\n1\n"),
        ("a\n1\n", "a\n1\n\n"),
        ("a\n1\n2\n", "a\n1\n\n2\n"),
        ("a\n\n1\n", "a\n\"\"\n1\n"),
        ("a\n1\n", "\na\n1\n"),
        ("a\nx\n", "a\nX\n"),
        ("a\n1\n", "a\n01\n"),
        ("a\n0\n", "a\n-0\n"),
        ("a\n9007199254740993.0\n", "a\n9007199254740992.0\n"),
        ("a,b\n1,2\n", "a;b\n1;2\n"),
        ("a,b\n", "a,b\n,\n"),
        ("1,2\n3,4\n", "1,2\n3,5\n"),
        ("\n2020,2021\n1,2\n", "\n2020.0,2021.0\n1,2\n"),
        ("\n\n2020\n1\n", "\n\n2020.0\n1\n"),
    ] {
        csv(left, right, assert_told_apart);
    }
}

#[test]
fn what_is_written_otherwise_is_the_same() {
    for (left, right) in [
        ("a,b\n1,x\n", "\"a\",\"b\"\r\n1.0,\"x\"\r\n"),
        ("a\nnan\n", "a\nNaN"),
        ("a\n 2 \n", "a\n2\n"),
        ("a\n\"x\ny\"\n", "\"a\"\n\"x\ny\"\n"),
    ] {
        csv(left, right, assert_alike);
    }
}

#[test]
fn quotes_that_are_cut_off_are_no_part_of_a_table() {
    for (left, right) in [
        ("a\n\"x", "a\nx"),
        ("a\n\"x", "a\n\"x\""),
        ("a\n\"x\"y\n", "a\nxy\n"),
    ] {
        csv(left, right, assert_told_apart);
    }
}

#[test]
fn a_large_table_has_a_digest() {
    let rows: Vec<String> = (0..20_000)
        .map(|one| format!("{one},{}\n", one * one % 97))
        .collect();
    let text = format!("a,b\n{}", rows.concat());
    assert_read("x.csv", text.as_bytes());
    let quoted = text.replace("a,b", "\"a\",b");
    csv(&text, &quoted, assert_alike);
    csv(
        &text,
        &text.replacen("19999,", "19998,", 1),
        assert_told_apart,
    );
}

#[test]
fn numbers_that_may_be_names_of_columns_are_as_they_are_written() {
    for (left, right) in [
        ("inf,2020.0\na,b\n", "Infinity,2020.0\na,b\n"),
        ("inf,2020.0\na,b\n", "inf,2020\na,b\n"),
        ("1.0,2\n3,4\n", "1,2\n3,4\n"),
        (" 1,2\n3,4\n", "1,2\n3,4\n"),
    ] {
        csv(left, right, assert_told_apart);
    }
    csv("1,2\n3.0,4\n", "1,2\n3,4\n", assert_alike);
}

#[test]
fn nothing_but_blanks_is_left_out_around_numbers() {
    for space in ["\t", "\u{c}", "\u{b}"] {
        csv(
            "a,b\n1,2\n",
            &format!("a,b\n1{space},2\n"),
            assert_told_apart,
        );
        csv(
            "a,b\n1,2\n",
            &format!("a,b\n{space}1,2\n"),
            assert_told_apart,
        );
    }
    csv("a\n1\n", "a\n\"1\n\"\n", assert_told_apart);
    csv("a\n1\n", "a\n\"\r1\"\n", assert_told_apart);
    csv("a\n1\n", "a\n  1 \n", assert_alike);
}
