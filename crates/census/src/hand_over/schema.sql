-- Which accounts were handed over, to whom, and who confirmed it. `prepared`: confirmed, nothing sent. `sending`: a request
-- was on its way; after a stop nobody knows whether it arrived. `sent`, `failed`: the service took it, or did not.
CREATE TABLE hand_overs (
    account TEXT NOT NULL, service TEXT NOT NULL, state TEXT NOT NULL, coders INTEGER NOT NULL, reason TEXT NOT NULL,
    confirmed_by TEXT NOT NULL, confirmed_at TEXT NOT NULL, at TEXT NOT NULL, reference TEXT, detail TEXT,
    PRIMARY KEY (account, service)) WITHOUT ROWID;
