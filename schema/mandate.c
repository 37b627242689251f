/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/check.h"
#include "schema/records.h"
#include "schema/window.h"

#define FLAGS_KNOWN (SBK_MANDATE_PIN | SBK_MANDATE_ALTERNATE | SBK_MANDATE_SET_FLOOR)
#define SLOT_MAX (SBK_PURSES_MAX - 1)
#define PROGRAMME_MAX 32
#define COUNT_MAX 60

static bool purse_allowed(const struct sbk_purse *purse) {
    if (purse->slot > SLOT_MAX || purse->grant == 0 || purse->programme < 1 || purse->programme > PROGRAMME_MAX) {
        return false;
    }
    if (purse->unit < SBK_UNIT_GRAM || purse->unit > SBK_UNIT_RUPIAH ||
        (purse->goods == SBK_CLASS_ANY && purse->unit != SBK_UNIT_RUPIAH)) {
        return false;
    }
    if (purse->period < SBK_PERIOD_ONCE || purse->period > SBK_PERIOD_WEEK || purse->count < 1 ||
        purse->count > COUNT_MAX) {
        return false;
    }
    /* Both bounds before the product: it then fits 32 bits. */
    if (purse->amount < 1 || purse->amount > SBK_AMOUNT_MAX ||
        purse->amount * sbk_window_count(purse) > SBK_AMOUNT_MAX) {
        return false;
    }
    return purse->carry == SBK_CARRY_GRANT || (purse->carry == SBK_CARRY_NONE && purse->inherits == 0);
}

/* What one purse may not share with another of the same mandate. */
static bool pair_allowed(const struct sbk_purse *earlier, const struct sbk_purse *later) {
    return earlier->slot < later->slot && earlier->grant != later->grant && earlier->priority != later->priority &&
           (earlier->inherits == 0 || earlier->inherits != later->inherits);
}

/* A grant that is inherited ends with this mandate: it cannot be one of the mandate's own. */
static bool inherits_from_own(const struct sbk_mandate *mandate, uint16_t inherits) {
    for (size_t i = 0; i < mandate->purse_count; i++) {
        if (mandate->purses[i].grant == inherits) {
            return true;
        }
    }
    return false;
}

static bool purses_allowed(const struct sbk_mandate *mandate) {
    for (size_t i = 0; i < mandate->purse_count; i++) {
        const struct sbk_purse *purse = &mandate->purses[i];
        if (!purse_allowed(purse) || inherits_from_own(mandate, purse->inherits)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (!pair_allowed(&mandate->purses[j], purse)) {
                return false;
            }
        }
    }
    return true;
}

static bool mandate_allowed(const struct sbk_mandate *mandate) {
    if (mandate->number == 0 || mandate->status < SBK_MANDATE_ACTIVE || mandate->status > SBK_MANDATE_CLOSED ||
        (mandate->flags & ~FLAGS_KNOWN) != 0 || mandate->purse_count > SBK_PURSES_MAX) {
        return false;
    }
    if (mandate->purse_count == 0 && mandate->status != SBK_MANDATE_CLOSED) {
        return false;
    }
    if (!sbk_check_zero(mandate->outlet, SBK_OUTLET_SIZE) &&
        sbk_id_check(mandate->outlet, SBK_OUTLET_SIZE) != SBK_FORMAT_OK) {
        return false;
    }
    return purses_allowed(mandate);
}

void sbk_purse_read(struct sbk_reader *reader, struct sbk_purse *purse) {
    purse->slot = sbk_read_u8(reader);
    purse->grant = sbk_read_u16(reader);
    purse->programme = sbk_read_u8(reader);
    purse->unit = sbk_read_u8(reader);
    purse->goods = sbk_read_u8(reader);
    purse->amount = sbk_read_u24(reader);
    purse->first = sbk_read_u16(reader);
    purse->period = sbk_read_u8(reader);
    purse->count = sbk_read_u8(reader);
    purse->carry = sbk_read_u8(reader);
    purse->priority = sbk_read_u8(reader);
    purse->inherits = sbk_read_u16(reader);
}

static void write_purse(struct sbk_writer *writer, const struct sbk_purse *purse) {
    sbk_write_u8(writer, purse->slot);
    sbk_write_u16(writer, purse->grant);
    sbk_write_u8(writer, purse->programme);
    sbk_write_u8(writer, purse->unit);
    sbk_write_u8(writer, purse->goods);
    sbk_write_u24(writer, purse->amount);
    sbk_write_u16(writer, purse->first);
    sbk_write_u8(writer, purse->period);
    sbk_write_u8(writer, purse->count);
    sbk_write_u8(writer, purse->carry);
    sbk_write_u8(writer, purse->priority);
    sbk_write_u16(writer, purse->inherits);
}

enum sbk_format sbk_mandate_parse(const uint8_t *data, size_t size, struct sbk_mandate *mandate) {
    memset(mandate, 0, sizeof *mandate);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_MANDATE);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, mandate->alias, SBK_ALIAS_SIZE);
    mandate->number = sbk_read_u32(&reader);
    mandate->issued = sbk_read_u16(&reader);
    mandate->status = sbk_read_u8(&reader);
    mandate->flags = sbk_read_u8(&reader);
    sbk_read_bytes(&reader, mandate->outlet, SBK_OUTLET_SIZE);
    mandate->purse_count = sbk_read_u8(&reader);
    if (mandate->purse_count > SBK_PURSES_MAX) {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = 0; i < mandate->purse_count; i++) {
        sbk_purse_read(&reader, &mandate->purses[i]);
    }
    format = sbk_record_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return mandate_allowed(mandate) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_mandate_write(const struct sbk_mandate *mandate, uint8_t *out, size_t room, size_t *size) {
    if (!mandate_allowed(mandate)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_MANDATE);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_bytes(&writer, mandate->alias, SBK_ALIAS_SIZE);
    sbk_write_u32(&writer, mandate->number);
    sbk_write_u16(&writer, mandate->issued);
    sbk_write_u8(&writer, mandate->status);
    sbk_write_u8(&writer, mandate->flags);
    sbk_write_bytes(&writer, mandate->outlet, SBK_OUTLET_SIZE);
    sbk_write_u8(&writer, mandate->purse_count);
    for (size_t i = 0; i < mandate->purse_count; i++) {
        write_purse(&writer, &mandate->purses[i]);
    }
    return sbk_writer_end(&writer, size);
}
