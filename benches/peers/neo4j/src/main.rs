//! neo4j-labs' `graph` crate, doing the same work as netcensus' yardstick and printing the same line.

use std::collections::HashMap;
use std::time::Instant;

use graph::prelude::*;

type Done = Result<(), Box<dyn std::error::Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, work, file] = &arguments[..] else { return Err("give the work and an edge list".into()) };
    match work.as_str() {
        "text" => {
            let start = Instant::now();
            let graph = directed(file)?;
            say(start, format!(r#"{{"follows": {}}}"#, graph.edge_count()));
        }
        "pagerank" => {
            let graph = directed(file)?;
            let start = Instant::now();
            let (scores, _, _) = page_rank(&graph, PageRankConfig::new(20, 0.0, 0.85));
            let seconds = start.elapsed().as_secs_f64();
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            let top: Vec<String> =
                order.iter().take(5).map(|&a| format!(r#"["{a}", {}]"#, scores[a] / scores[order[0]])).collect();
            print(seconds, format!(r#"{{"top": [{}]}}"#, top.join(", ")));
        }
        "components" => {
            let graph = directed(file)?;
            let start = Instant::now();
            let components = wcc_afforest(&graph, WccConfig::default());
            let seconds = start.elapsed().as_secs_f64();
            let mut sizes: HashMap<u32, u64> = HashMap::new();
            (0..graph.node_count()).for_each(|node| *sizes.entry(components.component(node)).or_default() += 1);
            let parts = sizes.values().filter(|&&size| size > 1).count();
            print(seconds, format!(r#"{{"parts": {parts}, "largest": {}}}"#, sizes.values().max().unwrap_or(&0)));
        }
        "triangles" => {
            let mut graph: UndirectedCsrGraph<u32> = GraphBuilder::new()
                .csr_layout(CsrLayout::Deduplicated)
                .file_format(EdgeListInput::default())
                .path(file)
                .build()?;
            let start = Instant::now();
            relabel_graph(&mut graph);
            let triangles = global_triangle_count(&graph);
            say(start, format!(r#"{{"triangles": {triangles}}}"#));
        }
        other => return Err(format!("no work of the name {other}").into()),
    }
    Ok(())
}

fn directed(file: &str) -> Result<DirectedCsrGraph<u32>, Box<dyn std::error::Error>> {
    Ok(GraphBuilder::new()
        .csr_layout(CsrLayout::Deduplicated)
        .file_format(EdgeListInput::default())
        .path(file)
        .build()?)
}

fn say(start: Instant, answer: String) {
    print(start.elapsed().as_secs_f64(), answer);
}

fn print(seconds: f64, answer: String) {
    println!(r#"{{"seconds": {seconds}, "answer": {answer}}}"#);
}
