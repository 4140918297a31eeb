-- What of each account was not seen, and why. `list` says whether its list of follows was `read` to its end, is `unread`, or
-- the account is `gone`; `counted` is how many it follows by its profile, `visible` how many of these its list gave; NULL
-- where nobody knows. A list that was not read says nothing of whom an account follows.
CREATE VIEW crawl_unseen AS
SELECT
    a.id AS account,
    a.wave AS wave,
    CASE
        WHEN a.status IS NULL OR a.status <> 'active' THEN 'gone'
        WHEN t.state = 'done' AND t.cut IS NULL AND t.found IS NOT NULL AND a.following IS NOT NULL THEN 'read'
        ELSE 'unread'
    END AS list,
    CASE
        WHEN a.status IS NULL THEN 'not looked for yet'
        WHEN a.status <> 'active' THEN a.status
        WHEN t.account IS NULL THEN 'too large'
        WHEN t.state = 'failed' THEN 'failed'
        WHEN t.state <> 'done' THEN 'not read yet'
        WHEN t.cut IS NOT NULL THEN t.cut
        WHEN t.found IS NULL OR a.following IS NULL THEN 'not counted'
        WHEN t.found = 0 AND a.following > 0 THEN 'shown empty'
        WHEN t.found < a.following THEN 'shown in part'
        ELSE 'seen'
    END AS why,
    a.following AS counted,
    CASE WHEN t.account IS NOT NULL THEN t.found END AS visible
FROM crawl_accounts a LEFT JOIN crawl_tasks t ON t.kind = 3 AND t.account = a.id;
