#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn short_texts_have_a_language() {
    let samples = [
        ("ar", "كان الطقس جميلا اليوم والسماء صافية"),
        ("ar", "صباح الخير يا أصدقاء"),
        ("ar", "شكرا لكم جميعا"),
        ("ar", "ما رأيكم في ذلك؟"),
        ("ar", "مَدْرَسَةٌ جَمِيلَةٌ جِدًّا"),
        ("ar", "شلونك اليوم وين رايح چان عندي شغل بالسوق"),
        ("ar", "جـــمـــيـــل هذا اليوم ☀️"),
        ("fa", "امروز هوا خیلی خوب بود و به پارک رفتیم"),
        ("fa", "پدر من كتاب هاي تازه خريد و به خانه آمد"),
        ("fa", "من این کتاب را دوست دارم"),
        ("ur", "آج موسم بہت اچھا ہے اور ہم باغ میں گئے"),
        ("ur", "مجھے یہ کتاب پسند ہے"),
        ("ku", "ئەمڕۆ کەش و هەوا زۆر خۆشە"),
        ("ps", "نن ورځ هوا ډېره ښه ده"),
        ("en", "We drank coffee in the garden this morning"),
        ("en", "the weather was lovely today and we went out"),
        ("fr", "Nous avons bu un café dans le jardin ce matin"),
        ("fr", "il faisait beau et le ciel était clair aujourd'hui"),
        ("en", "I am on the bus to work"),
        ("es", "hoy comimos en el parque con los niños"),
        ("de", "wir waren heute mit den Kindern im Park"),
        ("tr", "bahçede arkadaşlarla çay içtik ve çok güldük"),
        ("ru", "мы пили кофе в саду с друзьями"),
        ("he", "היום הלכנו לים עם חברים"),
        ("ja", "今日はとても天気がいいです"),
        ("zh", "今天天气很好我们去公园"),
        ("ko", "오늘 날씨가 정말 좋아요"),
    ];
    for (lang, text) in samples {
        assert_eq!(language(text), Some(lang), "{text}");
    }
}

#[test]
fn what_is_not_language_is_stripped() {
    let dressed = "RT @someone_else: شربنا القهوة في الحديقة #hello_world_hello 12345 😀😀 https://long.example/english-words-in-a-link";
    assert_eq!(language(dressed), Some("ar"));
    for text in [
        "",
        "   ",
        "ok",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀",
        "123456789012345",
        "https://only.example/a/link/here",
        "@a @b @c",
    ] {
        assert_eq!(language(text), None, "{text}");
    }
}

#[test]
fn the_simulated_languages_are_told_apart() {
    let sim =
        crate::simulate::simulate(&crate::simulate::World { accounts: 1_000, members: 300, ..Default::default() });
    let (mut all, mut told, mut wrong) = (0_usize, 0_usize, 0_usize);
    for post in sim.iter().flat_map(|s| s.posts()) {
        if let (Some(lang), Some(text)) = (&post.lang, &post.text) {
            let found = language(text);
            all += 1;
            told += usize::from(found.is_some());
            wrong += usize::from(found.is_some_and(|f| f != lang));
        }
    }
    assert!(all > 1_000);
    assert!(told * 100 > all * 90, "{told} of {all}");
    assert!(wrong * 100 < all, "{wrong} of {all}");
}

#[test]
fn declared_codes_are_made_short() {
    let cases =
        [("en-GB", "en"), ("EN", "en"), ("ara", "ar"), ("iw", "he"), ("in", "id"), ("zh-cn", "zh"), ("fil", "fil")];
    for (tag, short) in cases {
        assert_eq!(declared(tag).as_deref(), Some(short), "{tag}");
    }
    for tag in ["", "und", "zxx", "english", "x", "??", "12"] {
        assert_eq!(declared(tag), None, "{tag}");
    }
}

#[test]
fn an_account_writes_what_most_of_its_posts_are_in() {
    let arabic = "كان الطقس جميلا اليوم والسماء صافية";
    let english = "We drank coffee in the garden this morning";
    let none: [(Option<&str>, Option<&str>); 0] = [];
    let of = |profile, posts: &[(Option<&str>, Option<&str>)]| {
        account_language(profile, Some("il faisait beau et le ciel était clair"), posts.iter().copied())
    };
    let (ar, en) = ((None, Some(arabic)), (None, Some(english)));
    assert_eq!(of(Some("en"), &[ar, ar, en]).as_deref(), Some("ar"));
    // What a post declares goes before what it looks like.
    assert_eq!(of(None, &[(Some("fr"), Some(arabic))]).as_deref(), Some("fr"));
    assert_eq!(of(None, &[(Some("und"), Some(arabic))]).as_deref(), Some("ar"));
    // Ties, in either order.
    assert_eq!(of(Some("en"), &[ar, en]).as_deref(), Some("en"));
    assert_eq!(of(Some("en"), &[en, ar]).as_deref(), Some("en"));
    assert_eq!(of(Some("tr"), &[en, ar]).as_deref(), Some("ar"));
    assert_eq!(of(Some("en"), &none).as_deref(), Some("fr"));
    assert_eq!(account_language(Some("en-US"), None, none).as_deref(), Some("en"));
    assert_eq!(account_language(None, Some("hm"), [(None, Some("ok"))]), None);
}

#[test]
fn hashtags_are_found_and_normalised() {
    assert_eq!(hashtags("#Café #CAFÉ #cafe\u{301}"), ["café"]);
    assert_eq!(hashtags("#حَمْلَة_النهر و#حملة_النهر #حملة_الـــنهر"), ["حملة_النهر"]);
    assert_eq!(hashtags("＃ｆｕｌｌ (#in) ##twice #a#b"), ["full", "in", "twice", "a"]);
    assert_eq!(hashtags("#می\u{200C}خواهم #हिन्दी #日本語"), ["می\u{200C}خواهم", "हिन्दी", "日本語"]);
    assert_eq!(hashtags("a#b &#39; https://x.example/#frag #1 # #_"), Vec::<String>::new());
    assert_eq!(hashtags(&"#x".repeat(9_999)).len(), 1);
    let many: String = (0..200).map(|i| format!("#t{i} ")).collect();
    assert_eq!(hashtags(&many).len(), MOST);
    assert_eq!(hashtag(&"a".repeat(100 + 1)), None);
    // One ligature that becomes eighteen characters.
    assert_eq!(hashtag(&"\u{FDFA}".repeat(100)), None);
    assert_eq!(hashtag("#Two words"), None);
}

#[test]
fn links_are_found() {
    let text = "نص https://a.example/ب، then HTTP://B.example, <http://c.example/x_(y)> https://a.example/ب http:// https://nodot httphttps://d.example";
    assert_eq!(links(text), ["https://a.example/ب", "HTTP://B.example", "http://c.example/x_(y", "https://d.example"]);
    let many: String = (0..200).map(|i| format!("https://h{i}.example ")).collect();
    assert_eq!(links(&many).len(), MOST);
}

#[test]
fn only_public_hosts_are_domains() {
    let cases = [
        ("https://www.news.example/a", "news.example"),
        ("http://user:secret@Sub.Site.example.:8080/?q", "sub.site.example"),
        ("news.example/path", "news.example"),
        ("news.example:8080/path", "news.example"),
        ("https://www.example", "www.example"),
        ("https://موقع.example/", "xn--4gbrim.example"),
        ("https://abc.onion/", "abc.onion"),
    ];
    for (link, host) in cases {
        assert_eq!(domain(link).as_deref(), Some(host), "{link}");
    }
    let none = [
        "",
        "https://",
        "ftp://files.example/a",
        "javascript:alert(1)",
        "mailto:a@b.example",
        "http://localhost/",
        "http://printer.local/",
        "http://10.0.0.1/",
        "http://8.8.8.8/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://a..example/",
        "http://intranet/",
        "at://did:plc:abc/app.bsky.feed.post/1",
        "two words.example",
    ];
    for link in none {
        assert_eq!(domain(link), None, "{link}");
    }
    assert_eq!(domain(&format!("https://a.example/{}", "x".repeat(2_048))), None);
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,300}", odd in "[#@http:/.\u{0640}\u{064B}\u{200C}ا ة]{0,100}") {
        for text in [text.clone(), odd.clone(), format!("{odd}{text}{odd}")] {
            let _ = language(&text);
            let _ = declared(&text);
            for tag in hashtags(&text) {
                prop_assert_eq!(hashtag(&tag), Some(tag.clone()));
            }
            for link in links(&text) {
                prop_assert!(domain(&link).is_some());
            }
        }
    }
}
