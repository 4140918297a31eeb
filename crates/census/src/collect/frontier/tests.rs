#![allow(clippy::unwrap_used)]
use super::*;

/// A network of `n` accounts in two halves that follow themselves mostly; the first half are the members.
fn halves(n: u64) -> Vec<Vec<u64>> {
    let half = n / 2;
    let follows = |i: u64| {
        let own = if i < half { 0 } else { half };
        let mut list: Vec<u64> = (0..12)
            .map(|k| {
                let random = mixed(i << 8 | k);
                if k < 9 { own + random % half } else { random % n }
            })
            .filter(|v| *v != i)
            .collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    (0..n).map(follows).collect()
}

/// Crawls it in rounds, accounts numbered as `number` says; the lots of the accounts chosen, in order.
fn crawl(network: &[Vec<u64>], rounds: usize, told: bool, order: &[u64]) -> Vec<u64> {
    let mut frontier = Frontier::new(5, 1, 0.1, 7);
    let mut number = vec![0u32; network.len()];
    for lot in order {
        number[*lot as usize] = frontier.account(*lot);
    }
    let lot_of = |account: u32| order[account as usize];
    let list = |lot: u64| network[lot as usize].iter().rev().map(|v| number[*v as usize]).collect::<Vec<_>>();
    for lot in 0..5u64 {
        frontier.taken(number[lot as usize], 0);
        frontier.fetched(number[lot as usize], list(lot));
    }
    let mut chosen = Vec::new();
    for _ in 0..rounds {
        let mut lots: Vec<u64> = frontier.next(20, Rank::Learnt).iter().map(|c| lot_of(c.account)).collect();
        chosen.extend_from_slice(&lots);
        lots.sort_unstable();
        for lot in lots {
            frontier.fetched(number[lot as usize], list(lot));
            if told {
                frontier.label(number[lot as usize], lot < network.len() as u64 / 2);
            }
        }
    }
    chosen
}

#[test]
fn choices_do_not_hang_on_numbering() {
    let network = halves(400);
    let straight: Vec<u64> = (0..400).collect();
    let turned: Vec<u64> = (0..400).map(|i| (i * 147 + 31) % 400).collect();
    for told in [true, false] {
        let chosen = crawl(&network, 8, told, &straight);
        assert_eq!(chosen.len(), 160);
        assert_eq!(chosen, crawl(&network, 8, told, &turned));
    }
}

#[test]
fn members_come_first_whether_told_or_not() {
    let network = halves(400);
    let straight: Vec<u64> = (0..400).collect();
    for told in [true, false] {
        let chosen = crawl(&network, 8, told, &straight);
        let members = chosen.iter().filter(|lot| **lot < 200).count();
        assert!(members > 120, "{told}: {members} of 160");
    }
}

#[test]
fn only_what_the_frame_would_hold_is_chosen() {
    // a and b are seeds; c is followed by both, d by a, e by c and d.
    let mut frontier = Frontier::new(2, 2, 0.0, 1);
    let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(|lot| frontier.account(lot));
    frontier.taken(a, 0);
    frontier.taken(b, 0);
    frontier.fetched(a, vec![c, d]);
    frontier.fetched(b, vec![c]);
    let chosen = |choices: Vec<Choice>| choices.iter().map(|c| (c.account, c.wave)).collect::<Vec<_>>();
    assert_eq!(chosen(frontier.next(9, Rank::Learnt)), [(c, 1)]);
    frontier.fetched(c, vec![d, e]);
    assert_eq!(chosen(frontier.next(9, Rank::Learnt)), [(d, 2)], "a and c follow d");
    frontier.fetched(d, vec![e]);
    // c and d follow e, but d is two hops out.
    assert!(frontier.next(9, Rank::Learnt).is_empty());
}

#[test]
fn a_part_of_each_round_explores() {
    let network = halves(2_000);
    let mut frontier = Frontier::new(5, 1, 0.2, 7);
    for lot in 0..2_000 {
        frontier.account(lot);
    }
    for i in 0..40 {
        frontier.taken(i, 0);
        frontier.fetched(i, network[i as usize].iter().map(|v| *v as u32).collect());
    }
    let choices = frontier.next(150, Rank::Learnt);
    let explored = choices.iter().filter(|c| c.explored).count();
    assert!((15..=45).contains(&explored), "{explored}");
    let mut accounts: Vec<u32> = choices.iter().map(|c| c.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    assert_eq!(accounts.len(), 150, "none twice");
}
