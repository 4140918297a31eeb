### كلمات مشتركة بين أجزاء التقرير.

words-accounts = { $n ->
    [zero] لا حسابات
    [one] حساب واحد
    [two] حسابان
    [few] { $n } حسابات
    [many] { $n } حسابًا
   *[other] { $n } حساب
}
words-pair = { $first } و{ $second }
words-range = { $low }–{ $high }
