//! Follows on disk and the graph they make, whatever way the columns were written.
#![allow(clippy::unwrap_used)]

use std::fs::File;

use netcensus::rows::{Follow, follows};
use netcensus::store::Store;
use netcensus::tables::Table;
use netcensus_graph::{Builder, Built};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

fn rows() -> Vec<Follow> {
    let name = |i: u32| if i.is_multiple_of(3) { format!("did:plc:{i:024}") } else { i.to_string() };
    let rows = 0..60_000_u32;
    rows.map(|i| Follow { src: name(i / 20), dst: name(i.wrapping_mul(2_654_435_761) % 4_000), created_at: None })
        .collect()
}

fn built(store: &Store) -> Built {
    let builder = Builder::new(None);
    for part in store.parts(Table::Follows).unwrap() {
        store.follows_into(part.file_name().unwrap().to_str().unwrap(), &builder, || Ok(())).unwrap();
    }
    builder.finish().unwrap()
}

/// A part as another writer may have left it: several row groups, with dictionaries of so many bytes, or none.
fn part(dictionary: Option<usize>) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path());
    std::fs::create_dir_all(store.folder(Table::Follows)).unwrap();
    let mut properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(25_000))
        .set_dictionary_enabled(dictionary.is_some());
    if let Some(most) = dictionary {
        properties = properties.set_dictionary_page_size_limit(most);
    }
    let file = File::create(store.folder(Table::Follows).join("000001-x.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, Table::Follows.schema(), Some(properties.build())).unwrap();
    writer.write(&follows(&rows()).unwrap()).unwrap();
    writer.close().unwrap();
    (dir, store)
}

#[test]
fn dictionaries_or_not_the_graph_is_the_same() {
    let builder = Builder::new(None);
    let rows = rows();
    builder.follows(rows.iter().map(|f| (f.src.as_str(), f.dst.as_str()))).unwrap();
    let expected = builder.finish().unwrap();
    assert!(expected.graph.follows() > 50_000);
    // Whole, too small for all ids so that pages without follow, none.
    for dictionary in [Some(1 << 20), Some(1 << 10), None] {
        let (_dir, store) = part(dictionary);
        let built = built(&store);
        assert_eq!((&built.ids, &built.graph), (&expected.ids, &expected.graph), "{dictionary:?}");
    }
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path());
    store.append(Table::Follows, &follows(&rows).unwrap()).unwrap();
    assert_eq!(built(&store).graph, expected.graph);
}
