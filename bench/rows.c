/* Rows of clock, status and two energies into columns, octet by octet, as a plain program would: what the table calls a C loop. */
#include <stddef.h>
#include <stdint.h>

static uint32_t number(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* How many rows were read: all of `count`, fewer where an octet is not as it should be. */
size_t rows(const uint8_t *at, size_t count, uint8_t (*clocks)[12], uint8_t *states, uint32_t *first, uint32_t *second) {
    for (size_t row = 0; row < count; row++) {
        if (at[0] != 2 || at[1] != 4 || at[2] != 9 || at[3] != 12) return row;
        for (int octet = 0; octet < 12; octet++) clocks[row][octet] = at[4 + octet];
        if (at[16] != 17 || at[18] != 6 || at[23] != 6) return row;
        states[row] = at[17];
        first[row] = number(at + 19);
        second[row] = number(at + 24);
        at += 28;
    }
    return count;
}
