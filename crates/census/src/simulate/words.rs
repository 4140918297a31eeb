//! Everyday sentences. They are put together of an opening, a clause and often an end.

use rand::Rng;
use rand::RngExt;

use super::Role;
use super::cast::Person;

struct Language {
    code: &'static str,
    openings: &'static [&'static str],
    clauses: &'static [&'static str],
    ends: &'static [&'static str],
}

/// Tags by which the invented group is known.
const GROUP_TAGS: [&str; 6] = ["حملة_النهر", "group_a", "صوت_النهر", "campaign_river", "حملة_القمر", "رسالة_الصباح"];
const TAGS: [&str; 10] =
    ["طقس", "كرة_قدم", "قهوة", "weather", "football", "photography", "cuisine", "books", "صباح_الخير", "music"];
const GROUP_HOSTS: [&str; 5] =
    ["paste.example", "files.example", "river-video.example", "mirror.example", "notes.example"];
const HOSTS: [&str; 6] =
    ["news.example", "www.photos.example", "video.example", "shop.example", "blog.example", "sport.example"];

fn one<'a>(rng: &mut impl Rng, of: &[&'a str]) -> &'a str {
    of[rng.random_range(0..of.len())]
}

/// One of a list, the first ones more often.
fn leading<'a>(rng: &mut impl Rng, of: &[&'a str]) -> &'a str {
    let place = rng.random::<f64>() * rng.random::<f64>() * of.len() as f64;
    of[(place as usize).min(of.len() - 1)]
}

fn language(code: &str) -> &'static Language {
    LANGUAGES.iter().find(|l| l.code == code).unwrap_or(&LANGUAGES[0])
}

/// A sentence of 4 to 18 words; most have 6 to 14.
pub(super) fn sentence(rng: &mut impl Rng, lang: &str) -> String {
    let language = language(lang);
    let start = format!("{} {}", one(rng, language.openings), one(rng, language.clauses));
    if rng.random_bool(0.5) && start.split(' ').count() < 11 {
        format!("{start} {}", one(rng, language.ends))
    } else {
        start
    }
}

/// What an account says of itself. A third of the members name the group.
pub(super) fn description(rng: &mut impl Rng, lang: &str, person: &Person) -> String {
    let clause = one(rng, language(lang).clauses);
    match person.role {
        Role::Member if !person.pocket && rng.random_bool(0.33) => format!("{clause} #{}", leading(rng, &GROUP_TAGS)),
        _ => clause.into(),
    }
}

/// A tag: the group's own, as often as the account has to do with it.
pub(super) fn tag(rng: &mut impl Rng, person: &Person) -> Option<&'static str> {
    let (own, other) = match person.role {
        Role::Member if person.pocket => (0.05, 0.2),
        Role::Member => (0.4, 0.15),
        Role::Journalist | Role::Critic => (0.15, 0.2),
        Role::Bot => (0.2, 0.5),
        // Onlookers take part now and then.
        Role::Ordinary | Role::Organisation => (0.4 * person.share, 0.2),
    };
    let luck: f64 = rng.random();
    if luck < own { Some(leading(rng, &GROUP_TAGS)) } else { (luck < own + other).then(|| leading(rng, &TAGS)) }
}

/// A link, or none.
pub(super) fn link(rng: &mut impl Rng, person: &Person) -> Option<String> {
    let (some, hosts) = match person.role {
        Role::Member if !person.pocket && rng.random_bool(0.6) => (0.3, &GROUP_HOSTS[..]),
        Role::Bot => (0.7, &HOSTS[..]),
        Role::Journalist | Role::Organisation => (0.5, &HOSTS[..]),
        _ => (0.15, &HOSTS[..]),
    };
    rng.random_bool(some).then(|| format!("https://{}/{:06x}", leading(rng, hosts), rng.random_range(0..1 << 24)))
}

const LANGUAGES: [Language; 8] = [
    Language {
        code: "en",
        openings: &[
            "This morning",
            "Last night",
            "On the way home",
            "After a long week",
            "Once again",
            "Before the rain",
            "At the weekend",
            "With a few friends",
            "For the first time",
            "Two days ago",
        ],
        clauses: &[
            "we drank coffee in the garden",
            "I read a book about the history of the town",
            "the weather was lovely and the sky was clear",
            "my mother cooked a wonderful dinner for everyone",
            "we watched the football match on the old television",
            "I planted three lemon trees next to the door",
            "she bought fresh bread from the little market",
            "I learned some new words of another language",
            "the train was late because of the snow",
            "we walked along the beach for an hour",
            "my brother repaired the broken bicycle",
            "they painted the kitchen in bright colours",
        ],
        ends: &[
            "and it was a quiet day",
            "and then we went back home",
            "what do you think about that",
            "and we laughed a lot",
            "and nobody noticed the time",
            "and we will do it again next week",
            "and the pictures are very beautiful",
            "thanks to everyone who helped us",
        ],
    },
    Language {
        code: "ar",
        openings: &[
            "هذا الصباح",
            "في المساء",
            "بعد العصر",
            "قبل يومين",
            "اليوم مرة أخرى",
            "في نهاية الأسبوع",
            "كل يوم خميس",
            "منذ ساعة",
            "في طريق العودة",
            "مع بعض الأصدقاء",
        ],
        clauses: &[
            "شربنا القهوة في الحديقة",
            "قرأت كتابا عن تاريخ المدينة",
            "كان الطقس جميلا والسماء صافية",
            "طبخت أمي طعاما لذيذا للعائلة",
            "شاهدنا مباراة كرة القدم في البيت",
            "زرعنا أشجار الليمون قرب الباب",
            "اشتريت خبزا طازجا من السوق",
            "تعلمت كلمات جديدة من لغة أخرى",
            "نزل المطر على الطريق الطويل",
            "كتبت رسالة قصيرة إلى صديق قديم",
            "مشينا على شاطئ البحر ساعة كاملة",
            "أصلحت الدراجة القديمة مع أخي",
        ],
        ends: &[
            "وكان يوما هادئا",
            "ثم عدنا إلى البيت",
            "ما رأيكم في ذلك",
            "وضحكنا كثيرا",
            "ولم نشعر بالوقت",
            "وسنعود في الأسبوع القادم",
            "وكانت الصور جميلة جدا",
            "شكرا لكل من ساعدنا",
        ],
    },
    Language {
        code: "fr",
        openings: &[
            "Ce matin",
            "Hier soir",
            "Sur le chemin du retour",
            "Après une longue semaine",
            "Encore une fois",
            "Avant la pluie",
            "Pendant le week-end",
            "Avec quelques amis",
            "Pour la première fois",
            "Il y a deux jours",
        ],
        clauses: &[
            "nous avons bu un café dans le jardin",
            "j'ai lu un livre sur l'histoire de la ville",
            "il faisait beau et le ciel était clair",
            "ma mère a préparé un très bon repas",
            "nous avons regardé le match à la maison",
            "j'ai planté trois citronniers près de la porte",
            "elle a acheté du pain frais au marché",
            "j'ai appris quelques mots d'une autre langue",
            "le train était en retard à cause de la neige",
            "nous avons marché une heure sur la plage",
            "mon frère a réparé le vieux vélo",
            "ils ont repeint la cuisine avec des couleurs vives",
        ],
        ends: &[
            "et la journée était calme",
            "puis nous sommes rentrés chez nous",
            "qu'en pensez-vous",
            "et nous avons beaucoup ri",
            "et le temps a passé très vite",
            "et nous recommencerons la semaine prochaine",
            "et les photos sont vraiment belles",
            "merci à tous ceux qui nous ont aidés",
        ],
    },
    Language {
        code: "tr",
        openings: &[
            "Bu sabah",
            "Dün akşam",
            "Eve dönerken",
            "Uzun bir haftadan sonra",
            "Hafta sonunda",
            "İki gün önce",
        ],
        clauses: &[
            "bahçede arkadaşlarla çay içtik",
            "şehrin tarihi üzerine güzel bir kitap okudum",
            "hava çok güzeldi ve gökyüzü açıktı",
            "annem bütün aile için yemek yaptı",
            "kapının yanına üç limon ağacı diktik",
            "çarşıdan taze ekmek ve peynir aldım",
        ],
        ends: &["ve çok güldük", "sonra eve döndük", "siz ne düşünüyorsunuz", "yardım eden herkese teşekkürler"],
    },
    Language {
        code: "es",
        openings: &[
            "Esta mañana",
            "Anoche",
            "De vuelta a casa",
            "Después de una larga semana",
            "Otra vez",
            "Hace dos días",
        ],
        clauses: &[
            "tomamos café en el jardín con los vecinos",
            "leí un libro sobre la historia de la ciudad",
            "hacía buen tiempo y el cielo estaba despejado",
            "mi madre preparó una cena muy rica",
            "compramos pan fresco en el mercado pequeño",
            "caminamos una hora por la playa",
        ],
        ends: &[
            "y nos reímos mucho",
            "y luego volvimos a casa",
            "qué os parece",
            "gracias a todos los que nos ayudaron",
        ],
    },
    Language {
        code: "id",
        openings: &[
            "Pagi ini",
            "Tadi malam",
            "Dalam perjalanan pulang",
            "Setelah minggu yang panjang",
            "Dua hari yang lalu",
        ],
        clauses: &[
            "kami minum kopi di kebun bersama teman-teman",
            "saya membaca buku tentang sejarah kota ini",
            "cuaca sangat indah dan langit cerah",
            "ibu memasak makanan yang enak untuk keluarga",
            "kami menanam tiga pohon jeruk di dekat pintu",
            "dia membeli roti segar di pasar kecil",
        ],
        ends: &[
            "dan kami banyak tertawa",
            "lalu kami pulang ke rumah",
            "bagaimana menurut kalian",
            "terima kasih untuk semua yang membantu",
        ],
    },
    Language {
        code: "de",
        openings: &["Heute Morgen", "Gestern Abend", "Auf dem Heimweg", "Nach einer langen Woche", "Vor zwei Tagen"],
        clauses: &[
            "haben wir im Garten Kaffee getrunken",
            "habe ich ein Buch über die Geschichte der Stadt gelesen",
            "war das Wetter schön und der Himmel klar",
            "hat meine Mutter für alle gekocht",
            "sind wir eine Stunde am Strand gelaufen",
        ],
        ends: &[
            "und viel gelacht",
            "und es war ein ruhiger Tag",
            "was denkt ihr darüber",
            "danke an alle, die uns geholfen haben",
        ],
    },
    Language {
        code: "ru",
        openings: &["Сегодня утром", "Вчера вечером", "По дороге домой", "После долгой недели", "Два дня назад"],
        clauses: &[
            "мы пили кофе в саду с друзьями",
            "я читал книгу об истории города",
            "погода была прекрасная и небо ясное",
            "мама приготовила вкусный ужин для всей семьи",
            "мы целый час гуляли по берегу моря",
        ],
        ends: &["и много смеялись", "а потом вернулись домой", "что вы об этом думаете", "спасибо всем, кто нам помог"],
    },
];
