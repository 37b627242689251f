-- SPDX-License-Identifier: Apache-2.0
-- The hotlist in force, whole: the list signer's certificate and the record (schema/hotlist.h), as the city signed it. A
-- change is not kept: what it makes of the list before is.
CREATE TABLE hotlist (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL CHECK (number > 0),
    file BLOB NOT NULL
) STRICT;
