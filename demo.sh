#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, builds, and shows the programs at work on virtual readers. Cleans up after itself.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tools/demo-library
. tools/demo-library
demo_prelude "$@"

export SEMBAKO_DATE=2025-11-16
cd "$work"
data=$OLDPWD/data

secret() { printf '%s\n' "${@:2}" >"$1"; }
secret pass 'correct horse battery staple'
secret new-pin 135790
secret pin 135790
secret wrong-pin 000000
pass=(--passphrase-file pass)

# Of the roll's problems, the first line with each reason; of the kelurahan, those that get cards.
first_of_each() {
    awk '/: (error|warning): / { reason = $0; sub(/.*: (error|warning): /, "", reason); sub(/ \(line .*/, "", reason); if (seen[reason]++) { more++; next } }
        / 0 get a card/ { next }
        more && !/: (error|warning): / { printf "    ... and %d lines more with these reasons\n", more; more = 0 }
        { print }'
}

# One bit of a mandate in a card image, or of an entry in a station's log.
alter() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import os, sqlite3, sys
path = sys.argv[1]
if os.path.isdir(path):
    database = sqlite3.connect(os.path.join(path, "station.db"))
    database.execute("DROP TRIGGER log_entry_update")
    position, data = database.execute("SELECT position, data FROM log_entry WHERE position = 3").fetchone()
    data = data[:-1] + bytes([data[-1] ^ 1])
    database.execute("UPDATE log_entry SET data = ? WHERE position = ?", (data, position))
    database.commit()
else:
    image = bytearray(open(path, "rb").read())
    at = image.find(b"\xC2\x01")
    while image[at + 14 : at + 16] == b"\0\0" or image[at + 26] > 8:
        at = image.find(b"\xC2\x01", at + 1)
    image[at + 27 + 8] ^= 1  # the amount of the first purse
    open(path, "wb").write(image)
PYTHON
}

title 'The security officers make the keys of the city'
run sembako-keys init --store city "${pass[@]}"
run sembako-keys transport import --store city "${pass[@]}" --test-key
run sembako-keys export --store city --out anchor
run sembako-keys status --store city

title 'The card bureau enrols with the city'
run sembako-personalize enrol --office bureau "${pass[@]}" --name 'Biro Kartu Samarinda' --out bureau.req
run sembako-keys office issue --store city "${pass[@]}" --request bureau.req --out bureau.cert
run sembako-personalize install --office bureau --certificate bureau.cert

title 'A roll of 1,000 households: who is eligible, and who is not and why'
run sembako-personalize sample-roll --households 1000 --seed 7 --out roll.csv
prepare=(sembako-personalize prepare --store city "${pass[@]}" --roll roll.csv --programmes "$data/programmes.yaml"
    --recipient bureau.cert --households-max 20 --out batch)
run "${prepare[@]}" --dry-run | first_of_each
run "${prepare[@]}" | tail -n 2

title 'The bureau encodes a deck of 20 cards on one reader'
mkfifo feed
card_start --deck deck --count 20 --feed feed
run sembako-personalize encode --office bureau "${pass[@]}" --batch batch --count 20 --feeder 'echo next >feed; :' | tee encoded
kelurahan=$(sed -n 's/.*order 1 for \([0-9.]*\),.*/\1/p' encoded)
card_stop
run sembako-personalize report --office bureau "${pass[@]}" --batch batch --out report

title 'The city reconciles the report and makes the card certificates'
run sembako-personalize certify --store city "${pass[@]}" --report report --out certificates

title 'Two stores and a registrar get their certificates'
for station in store-1 store-2 registrar; do
    run sembako-reader enrol --station $station "${pass[@]}" --id $station --out $station.req
done
issue() { run sembako-keys station issue --store city "${pass[@]}" --request "$1.req" --out "$1.cert" "${@:2}"; }
# The registrar serves the kelurahan of the first card; a store serves cards from anywhere.
issue registrar --role registrar --outlet KANTOR --kelurahan "$kelurahan" --programme all --until 2025-12-31
issue store-1 --role store --outlet EW-001 --kelurahan 64.72.03.1009 --programme all --until 2025-12-31
issue store-2 --role store --outlet EW-002 --kelurahan 64.72.05.1002 --programme 3 --until 2025-11-30
run sembako-keys list sign --store city "${pass[@]}" --items "$data/items.yaml" --out items.list
for station in store-1 store-2 registrar; do
    run sembako-reader install --station $station --certificate $station.cert
done
for station in store-1 store-2; do
    run sembako-reader list import --station $station items.list
done

redeem=(sembako-reader redeem "${pass[@]}" --pin-file pin --as holder)

title 'A card without a certificate is worth nothing; the registrar activates it and the holder sets a PIN'
card_start --image deck/card-0001.img
refused 1 card-without-certificate "${redeem[@]}" --station store-1 beras=5kg
run sembako-reader activate --station registrar "${pass[@]}" --certificates certificates --pin-file new-pin

title 'The family redeems rice, oil and sugar from the programme in kind'
run sembako-reader balance --station store-1 "${pass[@]}"
run "${redeem[@]}" --station store-1 beras=5kg minyak=2l gula=1kg@18000
run sembako-reader balance --station store-1 "${pass[@]}" --language id

title 'A basket comes back: the sale is voided, whole and once, and the card has it again'
run "${redeem[@]}" --station store-1 --transaction 20 gula=0.5kg
run sembako-reader void --station store-1 "${pass[@]}" --yes 20
refused 1 already-voided sembako-reader void --station store-1 "${pass[@]}" --yes 20

title 'What must fail, fails with its reason'
say 'Too much:'
refused 1 insufficient-balance "${redeem[@]}" --station store-1 beras=600kg
say 'A wrong PIN:'
refused 1 pin-wrong sembako-reader redeem --station store-1 "${pass[@]}" --pin-file wrong-pin beras=1kg
say 'A window that is not open before December:'
refused 1 window-not-open "${redeem[@]}" --station store-2 telur=10pc
say 'A store without the programme:'
refused 1 programme-not-allowed "${redeem[@]}" --station store-2 beras=1kg
say 'An expired station:'
SEMBAKO_DATE=2025-12-01
refused 1 certificate-expired "${redeem[@]}" --station store-2 telur=10pc
SEMBAKO_DATE=2025-11-16
say 'An altered mandate, in the memory of a copied card:'
card_stop
cp deck/card-0001.img altered.img
alter altered.img
card_start --image altered.img
refused 4 signature-invalid sembako-reader balance --station store-2 "${pass[@]}"

title 'The second store gets another certificate: the rupiah programme pays, with what is left of October'
card_stop
card_start --image deck/card-0001.img
issue store-2 --role store --outlet EW-002 --kelurahan 64.72.05.1002 --programme 2 --until 2025-12-31
run sembako-reader install --station store-2 --certificate store-2.cert
run "${redeem[@]}" --station store-2 beras=20kg minyak=5l gula=2kg

title 'The eggs wait for December: the city releases a certificate then, and no clock opens a window before'
issue store-2 --role store --outlet EW-002 --kelurahan 64.72.05.1002 --programme 3 --until 2025-12-31
run sembako-reader install --station store-2 --certificate store-2.cert
SEMBAKO_DATE=2025-12-01
refused 1 window-not-open "${redeem[@]}" --station store-2 telur=10pc@2400
issue store-2 --role store --outlet EW-002 --kelurahan 64.72.05.1002 --programme 3 --until 2025-12-31
run sembako-reader install --station store-2 --certificate store-2.cert
run "${redeem[@]}" --station store-2 telur=10pc@2400

title 'The keys age, the card does not: a new station CA, and the next root takes over; the card follows at its next tap'
run sembako-keys rotate station-ca --store city "${pass[@]}"
run sembako-keys root succeed --store city "${pass[@]}" --next vault --old-until 2026-06-30 | tail -n 6
issue store-1 --role store --outlet EW-001 --kelurahan 64.72.03.1009 --programme all --until 2026-01-31
run sembako-keys courier --store city "${pass[@]}" --list items.list --certificate store-1.cert --out courier
run sembako-reader courier import --station store-1 courier
run "${redeem[@]}" --station store-1 beras=1kg

title 'A card is reported lost: its mandate blocks it, and until that reaches it the hotlist stops it at every store that has the news'
run sembako-keys mandate --store city "${pass[@]}" --card "$(sembako-reader balance --station store-1 "${pass[@]}" --json | field alias)" --block
run sembako-keys hotlist --store city "${pass[@]}" --out hotlist
run sembako-reader hotlist import --station store-1 hotlist
refused 1 card-on-hotlist "${redeem[@]}" --station store-1 beras=1kg
run sembako-keys status --store city

title 'The log of a store says what happened, and does not lie'
run sembako-reader log show --station store-1
run sembako-reader log verify --station store-1
cp -a store-1 altered-store
alter altered-store
refused 4 log-rolled-back sembako-reader log verify --station altered-store

title 'Done: one card, from the roll to the redeemed rice'
