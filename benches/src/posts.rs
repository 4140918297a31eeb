//! What the accounts of a study-shaped network wrote lately: invented posts of everyday words, in five languages.

use crate::names::Names;
use crate::random::{Purpose, Stream};
use crate::shape::Network;
use arrow_array::RecordBatch;
use netcensus::Result;
use netcensus::rows::{self, Post};

const LANGUAGES: [(&str, &[&str]); 5] = [
    (
        "en",
        &[
            "the",
            "and",
            "of",
            "to",
            "in",
            "is",
            "that",
            "was",
            "this",
            "with",
            "morning",
            "people",
            "really",
            "today",
            "garden",
            "weather",
            "coffee",
            "river",
            "because",
            "without",
            "something",
            "tomorrow",
            "question",
            "city",
            "night",
        ],
    ),
    (
        "ar",
        &[
            "اليوم",
            "صباح",
            "الخير",
            "كتاب",
            "مدينة",
            "في",
            "من",
            "على",
            "إلى",
            "هذا",
            "كان",
            "الطقس",
            "جميل",
            "القهوة",
            "الحديقة",
            "مع",
            "الأصدقاء",
            "بعد",
            "قبل",
            "النهر",
            "المدينة",
            "شكرا",
            "لكم",
            "جميعا",
            "ليلة",
        ],
    ),
    (
        "es",
        &[
            "el", "la", "de", "que", "en", "los", "del", "se", "las", "por", "un", "para", "con", "una", "mañana",
            "ciudad", "tiempo", "porque", "siempre", "noche", "jardín", "hoy", "gracias", "también", "pregunta",
        ],
    ),
    (
        "pt",
        &[
            "o", "de", "que", "em", "os", "do", "da", "uma", "não", "com", "para", "manhã", "cidade", "tempo",
            "porque", "sempre", "noite", "jardim", "hoje", "obrigado", "também", "pergunta", "muito", "ainda",
            "depois",
        ],
    ),
    (
        "tr",
        &[
            "ve",
            "bir",
            "bu",
            "da",
            "için",
            "çok",
            "ama",
            "gibi",
            "daha",
            "sonra",
            "sabah",
            "şehir",
            "hava",
            "çünkü",
            "gece",
            "bahçe",
            "bugün",
            "teşekkürler",
            "ayrıca",
            "soru",
            "arkadaşlar",
            "güzel",
            "kahve",
            "nehir",
            "değil",
        ],
    ),
];
const CLIENTS: [&str; 8] = [
    "Twitter for Android",
    "Twitter for iPhone",
    "Twitter Web Client",
    "Mobile Web",
    "TweetDeck",
    "Twitter for iPad",
    "Hootsuite",
    "IFTTT",
];
/// Different hashtags, and sites.
const TAGS: u64 = 20_000;
const SITES: u64 = 50_000;
const HOUR: f64 = 3_600e6;

/// How many posts were collected of an account: `mean` on average, half of the accounts with fewer than 0.7 of that.
pub(crate) fn count(seed: u64, account: u32, mean: f64) -> u64 {
    let mut stream = Stream::new(seed, Purpose::Posts, account.into());
    (-(1.0 - stream.unit()).ln() * mean).round() as u64
}

/// The posts of some accounts, as a batch.
pub(crate) fn batch(
    network: &Network,
    names: &Names,
    accounts: std::ops::Range<u32>,
    mean: f64,
    to: i64,
) -> Result<RecordBatch> {
    let mut posts = Vec::new();
    for account in accounts {
        of(network, names, account, mean, to, &mut posts);
    }
    rows::posts(&posts)
}

fn of(network: &Network, names: &Names, account: u32, mean: f64, to: i64, posts: &mut Vec<Post>) {
    let seed = network.shape().seed;
    let mut stream = Stream::new(seed, Purpose::Posts, u64::from(account) | 1 << 40);
    let author = names.name(account);
    let own = if network.is_member(account) && stream.unit() < 0.7 { 1 } else { stream.below(5) as usize };
    let client = CLIENTS[(stream.unit().powi(2) * CLIENTS.len() as f64) as usize];
    // From one post a week to many a day.
    let pace = HOUR * 168.0 * 0.001_f64.powf(stream.unit());
    let mut at = to;
    for number in 0..count(seed, account, mean) {
        at -= 1_000_000 + (pace * -(1.0 - stream.unit()).ln()) as i64;
        let language = if stream.unit() < 0.9 { own } else { stream.below(5) as usize };
        let (code, words) = LANGUAGES[language];
        let mut text: Vec<&str> = (0..5 + stream.below(14)).map(|_| stream.one_of(words)).collect();
        // A few are used by many.
        let few = |stream: &mut Stream, of: u64| (stream.unit().powi(4) * of as f64) as u64;
        let tag = (stream.unit() < 0.3).then(|| format!("topic{}x", few(&mut stream, TAGS)));
        let link = (stream.unit() < 0.2)
            .then(|| format!("https://site{}.example/{:x}", few(&mut stream, SITES), stream.next()));
        text.extend(link.as_deref());
        let tagged = tag.as_ref().map(|tag| format!("#{tag}"));
        text.extend(tagged.as_deref());
        posts.push(Post {
            id: format!("{author}-{number}"),
            author: author.clone(),
            created_at: Some(at),
            text: Some(text.join(" ")),
            lang: (stream.unit() < 0.7).then(|| code.to_owned()),
            client: Some(if stream.unit() < 0.9 { client } else { stream.one_of(&CLIENTS) }.to_owned()),
            reply: Some(stream.unit() < 0.2),
            tags: tag.into_iter().collect(),
            links: link.into_iter().collect(),
            media: Some(i64::from(stream.unit() < 0.25)),
            ..Post::default()
        });
    }
}
