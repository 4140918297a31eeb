//! Years, months and days as slots of a time axis.

/// A year, a month of a year, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Period {
    kind: Kind,
    number: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Year,
    Month,
    Day,
}

impl Period {
    /// `2014`, `2014-09` or `2014-09-27`.
    pub(super) fn read(label: &str) -> Option<Self> {
        let digits = |s: &str, n: usize| {
            (s.len() == n && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<i64>().ok()).flatten()
        };
        let mut parts = label.splitn(3, '-');
        let year = digits(parts.next()?, 4)?;
        let Some(month) = parts.next() else { return Some(Self { kind: Kind::Year, number: year }) };
        let month = digits(month, 2).filter(|m| (1..=12).contains(m))?;
        let Some(day) = parts.next() else {
            return Some(Self { kind: Kind::Month, number: year * 12 + month - 1 });
        };
        let day = digits(day, 2)?;
        let date = jiff::civil::Date::new(year as i16, month as i8, day as i8).ok()?;
        let number = i64::from(date.since(jiff::civil::date(1970, 1, 1)).ok()?.get_days());
        Some(Self { kind: Kind::Day, number })
    }

    pub(super) fn kind(self) -> Kind {
        self.kind
    }

    pub(super) fn number(self) -> i64 {
        self.number
    }

    /// Year and month, counted from 0; none for a year.
    pub(super) fn month(self) -> Option<(i64, usize)> {
        (self.kind == Kind::Month).then(|| (self.number.div_euclid(12), self.number.rem_euclid(12) as usize))
    }

    /// As it was read.
    pub(super) fn name(self) -> String {
        match self.kind {
            Kind::Year => self.number.to_string(),
            Kind::Month => format!("{}-{:02}", self.number.div_euclid(12), self.number.rem_euclid(12) + 1),
            Kind::Day => match date(self.number) {
                Some(date) => date.strftime("%Y-%m-%d").to_string(),
                None => String::new(),
            },
        }
    }

    /// The slots between two, at most so many; what stands below each; none when there are too many.
    pub(super) fn slots(first: Self, last: Self, most: i64) -> Option<Vec<Option<String>>> {
        if first.kind != last.kind || last.number < first.number || last.number - first.number >= most {
            return None;
        }
        let span = last.number - first.number + 1;
        let at = |number| Self { kind: first.kind, number };
        Some((first.number..=last.number).map(|n| at(n).tick(span)).collect())
    }

    /// Long rows of months are named by their Januaries, of days by the first of each month.
    fn tick(self, span: i64) -> Option<String> {
        match self.kind {
            Kind::Month if span > 18 => (self.number.rem_euclid(12) == 0).then(|| (self.number / 12).to_string()),
            Kind::Day if span > 45 => {
                let date = date(self.number)?;
                (date.day() == 1).then(|| date.strftime("%Y-%m").to_string())
            }
            _ => Some(self.name()),
        }
    }
}

fn date(number: i64) -> Option<jiff::civil::Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(number).ok()?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_and_named() {
        for label in ["2014", "2014-09", "2014-02-28", "1969-12-31", "2024-02-29", "0001"] {
            let name = Period::read(label).unwrap().name();
            assert_eq!(name.trim_start_matches('0'), label.trim_start_matches('0'));
        }
        for label in
            ["", "14", "2014-13", "2014-00", "2023-02-29", "2014-9", "+014", "2014-09-27-1", "year", "２０１４"]
        {
            assert_eq!(Period::read(label), None, "{label}");
        }
        assert_eq!(Period::read("1970-01-03").unwrap().number(), 2);
        assert_eq!(Period::read("2014-09").unwrap().month(), Some((2014, 8)));
    }

    #[test]
    fn slots_are_bounded_and_few_are_named() {
        let of = |a: &str, b: &str| Period::slots(Period::read(a).unwrap(), Period::read(b).unwrap(), 1000);
        assert_eq!(of("2014", "2016").unwrap(), ["2014", "2015", "2016"].map(|y| Some(y.to_owned())));
        let months = of("2013-11", "2015-12").unwrap();
        assert_eq!(months.iter().flatten().collect::<Vec<_>>(), ["2014", "2015"]);
        assert_eq!((of("2016", "2014"), of("2014", "2014-01"), of("0001", "9999")), (None, None, None));
        let days = of("2014-01-20", "2014-04-02").unwrap();
        assert_eq!(days.iter().flatten().collect::<Vec<_>>(), ["2014-02", "2014-03", "2014-04"]);
    }
}
