-- SPDX-License-Identifier: Apache-2.0
-- Root links (C4) as they came, by the root that each brings: what a card that is behind is given.
CREATE TABLE root_link (
    generation INTEGER PRIMARY KEY CHECK (generation BETWEEN 2 AND 127),
    record BLOB NOT NULL CHECK (length(record) = 165)
) STRICT;

-- Office CAs as roots bound them (C9): whoever signs a file of the city stands under one.
CREATE TABLE office_ca (
    binding BLOB PRIMARY KEY CHECK (length(binding) = 99),
    certificate BLOB NOT NULL               -- X.509, DER
) STRICT;
