#![allow(clippy::unwrap_used)]
use super::*;
use crate::rows::Follow;
use crate::sample;
use crate::simulate::{World, simulate};
use crate::study::{FrameRule, Platform, Sample, Settings};
use netcensus_graph::Group;

struct Case {
    network: Network,
    frame: Frame,
    measures: Measures,
    draws: Vec<Draw>,
    answers: Vec<Option<Answer>>,
}

/// Two batches of 60 labels in a small simulated network.
fn case() -> Case {
    let sim = simulate(&World { accounts: 900, members: 150, ..World::default() }).unwrap();
    let follows: Vec<Follow> = sim.follows().collect();
    let network = Network::new(sim.accounts.clone(), &follows).unwrap();
    let names: Vec<String> = sim.seeds.iter().take(20).map(|&i| sim.accounts[i as usize].id.clone()).collect();
    let (seeds, _) = network.find(&names).unwrap();
    let frame = Frame::build(&network, &seeds, &FrameRule::default());
    let measures = Measures::take(&network, &frame, &Group::from_members(network.ids.len(), seeds.iter().copied()));
    let member: std::collections::HashSet<&str> =
        sim.accounts.iter().zip(&sim.member).filter(|(_, m)| **m).map(|(a, _)| a.id.as_str()).collect();
    let n = frame.units.len();
    let mut answers = vec![None; n];
    let mut draws = Vec::new();
    for batch in 1..=2 {
        let known: Vec<bool> = (0..n).map(|i| frame.units[i].wave == 0 || answers[i].is_some()).collect();
        let draw =
            sample::draw(&Sample::default(), &sample::sizes_from_seeds(&measures), &known, 60, 3, batch).unwrap();
        for &i in &draw.drawn {
            let is = member.contains(network.ids.name(frame.units[i].account));
            answers[i] = Some(if is { Answer::Member } else { Answer::Not });
        }
        draws.push(draw);
    }
    Case { network, frame, measures, draws, answers }
}

impl Case {
    fn scores(&self, answers: &[Option<Answer>]) -> Scores {
        let spectrum = spectrum(&self.network);
        let features = Features::take(&self.network, &spectrum, &self.frame, &self.measures);
        score(&features, &self.draws, answers, 7).unwrap()
    }
}

#[test]
fn no_score_moves_when_its_own_label_flips() {
    let case = case();
    let before = case.scores(&case.answers);
    for &i in case.draws[1].drawn.iter().step_by(12) {
        let mut flipped = case.answers.clone();
        flipped[i] = Some(if flipped[i] == Some(Answer::Member) { Answer::Not } else { Answer::Member });
        let after = case.scores(&flipped);
        let fold = before.folds[i];
        let others = (0..before.scores.len()).filter(|&j| before.folds[j] != fold);
        assert!(before.scores.iter().zip(&after.scores).zip(&before.folds).all(|((b, a), f)| *f != fold || a == b));
        assert!(others.into_iter().any(|j| before.scores[j] != after.scores[j]), "the label told nobody anything");
    }
}

#[test]
fn the_same_on_any_number_of_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let case = case();
            case.scores(&case.answers)
        })
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn scores_rank_members_first_and_sum_to_about_their_number() {
    let case = case();
    let scores = case.scores(&case.answers).scores;
    let mean = |wanted: Answer| {
        let of: Vec<f64> = (0..scores.len()).filter(|&i| case.answers[i] == Some(wanted)).map(|i| scores[i]).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean(Answer::Member) > mean(Answer::Not) + 0.4, "{} {}", mean(Answer::Member), mean(Answer::Not));
    assert!(scores.iter().all(|s| (CLEAR..=1.0 - CLEAR).contains(s)));
}

/// However many folds go along the follows at once.
#[test]
fn the_same_with_little_memory() {
    let case = case();
    let spectrum = spectrum(&case.network);
    let features = Features::take(&case.network, &spectrum, &case.frame, &case.measures);
    let folds = folds(&case.network, &case.frame, 7);
    let within = |memory: usize| {
        score_folds(&features, &folds, &case.draws, &case.answers, memory, &Progress::silent()).unwrap()
    };
    let accounts = case.network.ids.len();
    let all = within(MEMORY);
    assert!([0, 2, 5].into_iter().all(|folds| within(12 * accounts * folds) == all));
}

#[test]
fn labels_of_a_batch_leave_the_keys_of_those_before() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new("a", "b", Platform::Files);
    let study = Study::create(folder.path(), &settings, &["seed".into()]).unwrap();
    let case = case();
    let with = |answers: &[Option<Answer>]| keys(&study, &case.draws, answers).unwrap();
    let all = with(&case.answers);
    for (batch, same) in [(1, [true, false]), (0, [false, false])] {
        let mut fewer = case.answers.clone();
        fewer[case.draws[batch].drawn[0]] = None;
        let now = with(&fewer);
        assert_eq!([0, 1].map(|b| now[b] == all[b]), same);
    }
}
