### جمل الخطوات الأخرى، تُعرف بكلماتها الإنجليزية.

## مُقدِّرات عدد الأعضاء

said-difference-estimator-betting-confidence-sequence-over-every-batch = مُقدِّر الفرق، بمتتالية ثقة قائمة على الرهان تصح عند كل دفعة
said-corrected-for-coder-error-by-n-gold-items-rogan-gladen = مصحَّح من خطأ المُرمِّزين بعدد { $a } من العناصر الذهبية (روغان–غلادن)
said-gold-items-mid-p-limits = العناصر الذهبية، بحدود mid-p
said-cohens-kappa-large-sample-interval = كابا لكوهين، بفاصل للعينات الكبيرة
said-krippendorffs-alpha-bootstrap-over-items = ألفا لكريبندورف، بإعادة المعاينة على العناصر

## مُقدِّرات صورة الأعضاء

said-accounts-whose-estimated-share-of-members-as-followers-is-above-the-limit-by-the-wald = حسابات تتجاوز نسبةُ الأعضاء المقدَّرة بين متابعيها الحدَّ، بفاصل فالد لكل منها
said-ratio-of-difference-estimators-wilson-limits = نسبة بين مُقدِّري فرق، بحدود ويلسون
said-ratio-of-difference-estimators = نسبة بين مُقدِّري فرق
said-weighted-quantile-woodruff-limits = كمّيّ مرجَّح، بحدود وودرف
said-share-of-pairs-of-a-member-and-another = نسبة من أزواج عضو وغيره
said-each-batchs-own-scores = بدرجات كل دفعة نفسها
said-share-of-members = نسبة من الأعضاء
said-mean-of-members = متوسط الأعضاء
said-number-of-members = عدد الأعضاء
said-quantile-of-members = كمّيّ الأعضاء
said-share-of-members-posts = نسبة من منشورات الأعضاء
said-share-of-members-follows = نسبة من متابعات الأعضاء
said-ratio-of-totals-of-members-posts = نسبة بين مجموعي منشورات الأعضاء
said-concentration-of-members-posts = تركّز منشورات الأعضاء
said-share-of-members-with-posts = نسبة من الأعضاء الذين لهم منشورات
said-model-assisted = بمعونة نموذج
said-model-assisted-ratio-of-totals = نسبة مجموعين بمعونة نموذج
said-linearised = بالتقريب الخطي
said-gamma-limits-joined-by-mover = بحدود غاما مضمومة بطريقة MOVER
said-gamma-limits = بحدود غاما
said-wald = بفاصل فالد
said-wald-interval = بفاصل فالد
said-t-interval = بفاصل t
said-wilson-limits = بحدود ويلسون
said-woodruff-interval = بفاصل وودرف
said-woodruff-limits = بحدود وودرف
said-interval-from-samples-drawn-anew = بفاصل من عينات تُسحب من جديد
said-difference-estimator = مُقدِّر الفرق
said-model-assisted-ratio = نسبة بمعونة نموذج
said-horvitz-thompson = مُقدِّر هورفيتز–تومبسون

## أعضاء خارج إطار المعاينة

said-no-list-of-members-from-a-source-independent-of-the-crawl-was-given-so-nothing-can-be = لم تُعطَ قائمة أعضاء من مصدر مستقل عن الجمع، فلا يمكن قول شيء عن أعضاء خارج إطار المعاينة.
said-doubly-robust-capture-recapture-outside-of-the-frame = الصيد وإعادة الصيد المتين من وجهين خارج الإطار
said-frame-total-and-doubly-robust-capture-recapture-outside-of-the-frame = مجموع الإطار والصيد وإعادة الصيد المتين من وجهين خارج الإطار
said-chapmans-estimator-outside-of-the-frame = مُقدِّر تشابمان خارج الإطار
said-frame-total-and-chapmans-estimator-outside-of-the-frame = مجموع الإطار ومُقدِّر تشابمان خارج الإطار
said-how-much-of-the-list-the-frame-holds-doubly-robust = ما يحويه الإطار من القائمة، بمتانة من وجهين
said-frame-total-and-how-much-of-the-list-the-frame-holds-doubly-robust = مجموع الإطار وما يحويه الإطار من القائمة، بمتانة من وجهين
said-odds-ratio-n = نسبة الأرجحية { $a }
said-frame-total-and-lincoln-petersen-outside = مجموع الإطار ومُقدِّر لنكولن–بيترسن خارجه
said-frame-total-and-chapmans-estimator-outside = مجموع الإطار ومُقدِّر تشابمان خارجه
said-frame-total-and-chaos-lower-bound-outside = مجموع الإطار والحد الأدنى لتشاو خارجه
said-frame-total-and-n-log-linear-models-outside-averaged-by-bic = مجموع الإطار و{ $a } من النماذج اللوغاريتمية الخطية خارجه، بمتوسط حسب BIC
said-chapmans-estimator-labels-not-used = مُقدِّر تشابمان، دون استعمال الترميز
said-doubly-robust-capture-recapture-labels-not-used = الصيد وإعادة الصيد المتين من وجهين، دون استعمال الترميز
said-unseen-members-of-the-frame-by-its-labels-over-those-by-the-lists-at-odds-ratio-n = أعضاء الإطار غير المدرجين حسب ترميزه، مقسومين على عددهم حسب القوائم عند نسبة أرجحية { $a }
said-two-frames-from-random-halves-of-the-seeds-chapman = إطاران من نصفين عشوائيين من البذور، بمُقدِّر تشابمان
said-the-labels-error-left-out = دون خطأ الترميز
said-generalised-network-scale-up-from-the-labelled-accounts-that-are-not-members = التوسيع الشبكي المعمَّم من الحسابات المرمَّزة التي ليست أعضاء
said-mean-score-adjusted-by-the-labelled-members-and-others-pacc = متوسط الدرجات، معدَّلًا بدرجات المرمَّزين من أعضاء وغيرهم (PACC)
said-expectation-maximisation-over-the-scores-emq = تعظيم التوقع على الدرجات (EMQ)
said-lincoln-petersen-outside = لنكولن–بيترسن خارج الإطار
said-chapman-outside = تشابمان خارج الإطار
said-chaos-lower-bound-outside = الحد الأدنى لتشاو خارج الإطار
said-log-linear-models-outside = نماذج لوغاريتمية خطية خارج الإطار
said-chapman-lists-alone = تشابمان، بالقوائم وحدها
said-doubly-robust-lists-alone = المتين من وجهين، بالقوائم وحدها
said-seed-split = تقسيم البذور
said-network-scale-up = التوسيع الشبكي
said-pacc = PACC
said-emq = EMQ
said-that-the-lists-are-independent-of-each-other-outside-of-the-frame-given-an-accounts-f = أن القوائم مستقلة بعضها عن بعض خارج الإطار، بمعلومية متابعات الحساب وصفحته، وأن لكل عضو هناك فرصة ما لأن يكون في كل منها
said-of-the-crawl-nothing-is-assumed = ولا يُفترض شيء في الجمع نفسه
said-that-the-lists-are-independent-of-each-other-outside-of-the-frame-and-all-members-the = أن القوائم مستقلة بعضها عن بعض خارج الإطار، وأن الأعضاء هناك سواء في احتمال إدراجهم
said-that-being-on-the-list-is-independent-of-being-in-the-frame-given-an-accounts-follows = أن الوجود في القائمة مستقل عن الوجود في الإطار، بمعلومية متابعات الحساب وصفحته
said-for-n-of-n-listed-members-outside-the-chance-to-be-on-both-lists-was-raised-to-n-the = رُفع احتمال الوجود في القائمتين معًا إلى { $c } % لعدد { $a } من أصل { $b } من الأعضاء المدرجين خارج الإطار: فالجواب يستند إلى هذا الحد.
said-for-n-listed-members-the-chance-to-be-in-the-frame-was-raised-to-n = رُفع احتمال الوجود في الإطار إلى { $b } % لعدد { $a } من الأعضاء المدرجين.
said-only-n-members-outside-are-on-both-sides-too-few-to-learn-how-chances-differ-so-chapm = لا يوجد على الجانبين إلا { $a } من الأعضاء خارج الإطار، وهم أقل من أن يُعرف منهم كيف تختلف الاحتمالات؛ فحلّ محله مُقدِّر تشابمان الذي يعدها متساوية.
said-one-list-alone-or-lists-that-share-nobody-outside-of-the-frame-the-frame-itself-stand = قائمة واحدة، أو قوائم لا يجمعها أحد خارج الإطار: فيقوم الإطار نفسه مقام القائمة الثانية.
said-crawls-resemble-each-other-so-this-is-no-more-than-a-lower-bound-of-the-members-that = عمليات الجمع يشبه بعضها بعضًا، فليس هذا إلا حدًا أدنى للأعضاء الذين يبلغهم الجمع.
said-members-outside-of-the-frame-that-no-list-names-are-not-recognised-among-the-follows = الأعضاء خارج الإطار ممن لا تسميهم قائمة لا يُعرفون بين المتابعات، وقد يُتابَع المدرجون أكثر من غيرهم: فالمتوقع أن يكون هذا الرقم منخفضًا.
said-of-the-frames-total-it-takes-members-to-score-alike-wherever-they-are-which-they-do-n = عن مجموع الإطار. وهو يفترض أن درجات الأعضاء متشابهة أينما كانوا، وليس ذلك لازمًا.
said-of-the-frames-total-it-takes-the-scores-as-calibrated-so-its-interval-is-too-narrow = عن مجموع الإطار. وهو يعدّ الدرجات مُعايَرة، ففاصله أضيق مما ينبغي.
said-the-coders-answers-carry-no-information = أجوبة المُرمِّزين لا تحمل معلومة
said-the-gold-items-do-not-show-that-they-tell-members-from-others = فالعناصر الذهبية لا تدل على أنهم يميزون الأعضاء من غيرهم

## التعليق

said-members = الأعضاء
said-others = غير الأعضاء
said-followers = المتابعون
said-posts-a-day = المنشورات في اليوم
said-suspensions = حالات التعليق
said-ten-times-the-followers = عشرة أضعاف المتابعين
said-ten-times-the-posts-a-day = عشرة أضعاف المنشورات في اليوم
said-ten-times-the-age-when-first-seen = عشرة أضعاف العمر عند أول رؤية
said-member-rather-than-other = عضو بدلًا من غير عضو
said-cox-waves-as-clusters-t-by-waves = نموذج كوكس، والموجات عناقيد، وتوزيع t بعددها
said-stacked-difference-in-differences-with-matched-controls = فرق الفروق المكدَّس مع ضوابط مطابَقة
said-waves-as-clusters-t = الموجات عناقيد، وتوزيع t
said-rate-after-and-before-against-others = المعدل بعدُ وقبلُ، مقارنةً بغير الأعضاء
said-rate-after-and-before = المعدل بعدُ وقبلُ
said-jackknife-by-waves-t = طيّ السكين بالموجات، وتوزيع t
said-smooth-curve-from-ends-between-looks-delayed-entry-waves-as-clusters = منحنى أملس من نهايات بين نظرتين، بدخول متأخر، والموجات عناقيد
said-product-limit-with-delayed-entry-greenwood-as-if-independent = حد الجداء بدخول متأخر، بتباين غرينوود، كأنها مستقلة
said-aalen-johansen-waves-as-clusters = مُقدِّر آلن–يوهانسن، والموجات عناقيد
said-n-s-age-at-discovery = مقلوب احتمال البقاء حتى عمر الاكتشاف ({ $a }/S)
said-n-s-age-at-discovery-cut-at-n-too-low = مقلوب احتمال البقاء حتى عمر الاكتشاف ({ $a }/S)، مقصوصًا عند { $b }: أقل من الحقيقة
said-accounts-that-ended-before-they-were-first-seen-are-in-no-curve = الحسابات التي انتهت قبل أن تُرى أول مرة ليست في أي منحنى
said-only-the-number-that-ever-existed-makes-up-for-them = ولا يعوّض عنها إلا عدد ما وُجد منها يومًا
said-what-happened-between-two-looks-is-not-known-an-end-lies-somewhere-between-them-and-t = ما حدث بين نظرتين غير معلوم: فالنهاية تقع بينهما، والزمن الذي لم يُراقَب لا يُعدّ بقاءً
said-members-who-were-never-seen-at-a-known-time-are-taken-to-remain = الأعضاء الذين لم يُروا في وقت معلوم يُعدّون باقين
said-fewer-than-n-members-are-known-to-be-suspended-or-remain-nothing-is-said-of-reach = المعلوم تعليقهم من الأعضاء، أو الباقون منهم، أقل من { $a }: فلا يقال شيء عن مدى الوصول
said-too-few-ended-under-watch-to-say-how-long-they-live = ما انتهى تحت المراقبة أقل من أن يُعرف منه كم تعيش
said-no-smooth-curve-of-lifetimes = لا منحنى أملس للأعمار
said-too-many-accounts-for-competing-ends = الحسابات أكثر من أن تُحسب لها النهايات المتنافسة
said-too-few-accounts-with-a-profile-were-suspended-under-watch-n-traits-need-ten-each-to = الحسابات ذات الصفحات التي عُلّقت تحت المراقبة أقل من أن يُعرف منها من يُعلَّق (تحتاج { $a } من الصفات إلى عشرة لكل منها)
said-effects-of-waves-need-two-waves-or-more-whose-windows-are-free-of-others-and-lie-with = يلزم لمعرفة أثر الموجات موجتان أو أكثر لا تتداخل نوافذها مع غيرها وتقع ضمن المراقبة
said-there-are-n-of-n = وهي { $a } من { $b }
said-n-waves-were-left-out-as-their-windows-overlap-an-earlier-ones = تُركت { $a } من الموجات لأن نوافذها تتداخل مع نافذة سابقة
said-too-few-of-those-that-remained-were-suspended-around-waves-to-say-how-waves-moved-tha = من عُلّقوا من الباقين حول الموجات أقل من أن يُعرف منهم أثرها في ذلك
said-too-few-others-were-suspended-around-waves = من عُلّقوا من غير الأعضاء حول الموجات قليل جدًا
said-the-rate-of-suspensions-is-compared-before-and-after-alone = فيقارَن معدل التعليق بما قبلها وما بعدها وحده
said-controls-were-looked-for-among-a-part-of-the-others = بُحث عن الضوابط في جزء من غير الأعضاء
said-there-are-too-many-for-all = فهم أكثر من أن يُبحث فيهم كلهم
said-profiles-of-members-and-of-others-like-them-were-not-seen-before-and-after-two-waves = لم تُر صفحات الأعضاء وأشباههم قبل موجتين أو أكثر وبعدها، فلا يُعرف أثرها في ذلك
said-proposed-pairs-less-those-that-decoys-say-are-false-wald-on-counts = الأزواج المقترحة ناقصًا ما تدل الطعوم على خطئه، بفاصل فالد على الأعداد
said-share-of-reviewed-pairs-wilson-interval = نسبة من الأزواج المراجَعة، بفاصل ويلسون

## المواقع

said-sites-by-host-in-collected-posts-only-which-are-recent-ones-of-accounts-that-were-the = المواقع بحسب اسم المضيف، في المنشورات المجموعة وحدها، وهي منشورات حديثة لحسابات كانت قائمة؛ وتُحسب الروابط المختصرة لموقع الاختصار. وفي قائمة الفحص ما يدفع إليه { $a } على الأقل من الحسابات المعدودة أعضاءً، دون المواقع التي يحيل إليها الجميع. ويُحسب العمر من أول منشور مجموع دفع إلى الموقع.
said-too-few-sites-were-under-watch-at-any-age = المواقع تحت المراقبة قليلة جدًا في كل عمر
said-no-site-ended-under-watch-yet = لم ينته أي موقع تحت المراقبة بعد
said-product-limit-curve-with-delayed-entry-ends-in-the-middle-between-two-checks = منحنى حد الجداء بدخول متأخر، والنهاية في منتصف ما بين فحصين
said-too-few-sites-ended-for-figures-to-be-published = ما انتهى من المواقع أقل من أن تُنشر أرقامه
said-up = قائم
said-moved = انتقل
said-closed = مغلق
said-parked = مركون
said-withdrawn = مسحوب
said-not-found = غير موجود
said-server-error = خطأ في الخادم
said-slow = بطيء
said-broken = معطوب
said-redirect-loop = حلقة تحويل
said-redirect-refused = تحويل مرفوض
said-certificate-expired = شهادة منتهية
said-certificate-of-another-name = شهادة باسم آخر
said-certificate-untrusted = شهادة غير موثوقة
said-certificate-invalid = شهادة غير صالحة
said-tls-failed = فشل TLS
said-refused = رُفض الاتصال
said-unreachable = لا يمكن بلوغه
said-no-name = لا اسم له
said-name-failed = تعذر حل الاسم
said-not-public = غير عام

## ما يتركه الإطار وما لم يره الجمع

said-followed-by-fewer-than-n-of-the-group = يتابعه أقل من { $a } من الجماعة
said-not-within-n-waves-of-the-seeds = ليس ضمن { $a } من الموجات من البذور
said-too-many-followers = متابعوه كثيرون جدًا
said-follows-too-many = يتابع كثيرين جدًا
said-more-than-n-followers = متابعوه أكثر من { $a }
said-follows-more-than-n = يتابع أكثر من { $a }
said-protected = محمي
said-calls-itself-a-bot = يسمي نفسه آليًا
said-left-out-for-any-reason = استُبعد، لأي سبب
said-active = نشط
said-suspended = معلَّق
said-deactivated = معطَّل
said-deleted = محذوف
said-vanished = اختفى
said-never-existed = لم يوجد قط
said-not-looked-for-yet = لم يُبحث عنه بعد
said-unknown = غير معروف
said-too-large = كبيرة جدًا
said-failed = فشلت
said-not-read-yet = لم تُقرأ بعد
said-the-list-is-hidden = القائمة مخفية
said-a-list-whose-cursor-repeats = قائمة يتكرر مؤشرها
said-within-n-waves-of-the-seeds-followed-by-at-least-one-account-of-the-group-so-far = ضمن { $a } من الموجات من البذور، ويتابعه حساب واحد على الأقل من الجماعة حتى حينه
said-within-n-waves-of-the-seeds-followed-by-at-least-n-accounts-of-the-group-so-far = ضمن { $a } من الموجات من البذور، ويتابعه { $b } من حسابات الجماعة على الأقل حتى حينه
said-no-more-than-n-followers-following-no-more-than-n = لا يزيد متابعوه على { $a }، ولا يتابع أكثر من { $b }
said-no-declared-bots = دون من يعلن أنه آلي
said-within-n-hops-of-the-seeds-followed-by-at-least-n-accounts-of-the-group-so-far = ضمن { $a } من القفزات من البذور، ويتابعه { $b } من حسابات الجماعة على الأقل حتى حينه
said-at-most-n-followers-at-most-n-followed = متابعوه { $a } على الأكثر، ويتابع { $b } على الأكثر
said-bots-left-out = دون الآليين
