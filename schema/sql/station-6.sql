-- SPDX-License-Identifier: Apache-2.0
-- Keys of the log, by the generation of the station's keys; the newest is in use. since: heads over so many entries and
-- more are signed with it, fewer with the one before: where the entry stands that certifies it, and one.
CREATE TABLE log_key (
    generation INTEGER PRIMARY KEY CHECK (generation BETWEEN 1 AND 127),
    verifier TEXT NOT NULL,                 -- C2SP note verifier
    since INTEGER NOT NULL CHECK (since >= 0)
) STRICT;
INSERT INTO log_key (generation, verifier, since) SELECT 1, log_verifier, 0 FROM station;
ALTER TABLE station DROP COLUMN log_verifier;
