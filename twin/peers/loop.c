/* The morning of shop.py as one loop: what a careful C programmer writes for this model alone.

   All times are whole microseconds. Events of one instant happen in the order of docs/timing.md: repair over, service over (lowest
   window first), breakdown (lowest window first), arrival, label on. Fills the columns that it is given; returns the number of events. */
#include <stdint.h>

#define WINDOWS 8
#define DRAWS 16
#define FAR (INT64_C(1) << 50)

typedef struct {
    int64_t ended_us, wait_us, events;
} Sum;

/* the smallest of eight; written as a tree so that compilers keep it in registers */
static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t first_of(const int64_t *t) {
    return smaller(smaller(smaller(t[0], t[1]), smaller(t[2], t[3])), smaller(smaller(t[4], t[5]), smaller(t[6], t[7])));
}

void day(int64_t patients, const int64_t *restrict arrived, const int64_t *restrict service, const int64_t *restrict label,
         const int64_t *restrict up, const int64_t *restrict repair, int64_t *restrict called, int64_t *restrict ended,
         int64_t *restrict received, int64_t *restrict window, int32_t *restrict line, Sum *restrict sum) {
    int64_t timer[WINDOWS], breaks[WINDOWS]; /* time * 8 + window */
    int32_t patient[WINDOWS], number[WINDOWS] = {0}, calls[WINDOWS];
    int64_t first_break, repaired = FAR, labelled = FAR, now = 0, wait = 0, events = 0;
    int64_t come = 0, next = 0, done = 0, line_first = 0, line_last = 0, on = -1, calls_first = 0, calls_last = 0;
    uint32_t ready = (1u << WINDOWS) - 1, busy = 0, broken = 0;
    for (int w = 0; w < WINDOWS; w++) {
        timer[w] = FAR * 8 + w;
        breaks[w] = up[w * DRAWS] * 8 + w;
    }
    first_break = first_of(breaks);
    int64_t arrives = patients > 0 ? arrived[0] : FAR;
    while (done < patients) {
        int64_t served = first_of(timer), rank = 0, at = repaired;
        if ((served >> 3) < at) at = served >> 3, rank = 1;
        if ((first_break >> 3) < at) at = first_break >> 3, rank = 2;
        if (arrives < at) at = arrives, rank = 7;
        if (labelled < at) at = labelled, rank = 9;
        now = at;
        events++;
        if (rank == 1) {
            int w = (int)(served & 7);
            int32_t i = patient[w];
            ended[i] = now;
            timer[w] = FAR * 8 + w;
            busy &= ~(1u << w);
            if (on < 0) {
                on = i;
                labelled = now + label[i];
            } else {
                line[line_last++] = i;
            }
        } else if (rank == 7) {
            come++;
            arrives = come < patients ? arrived[come] : FAR;
        } else if (rank == 9) {
            received[on] = now;
            done++;
            if (line_first < line_last) {
                on = line[line_first++];
                labelled = now + label[on];
            } else {
                on = -1;
                labelled = FAR;
            }
            continue;
        } else if (rank == 2) {
            int w = (int)(first_break & 7);
            breaks[w] = FAR * 8 + w;
            first_break = first_of(breaks);
            broken |= 1u << w;
            if (calls_first == calls_last) repaired = now + repair[w * DRAWS + number[w]];
            calls[calls_last++ % WINDOWS] = w;
        } else {
            int w = calls[calls_first++ % WINDOWS];
            broken &= ~(1u << w);
            number[w]++;
            breaks[w] = (now + up[w * DRAWS + number[w]]) * 8 + w;
            first_break = first_of(breaks);
            repaired = FAR;
            if (calls_first < calls_last) {
                int other = calls[calls_first % WINDOWS];
                repaired = now + repair[other * DRAWS + number[other]];
            }
        }
        ready = ~(busy | broken) & ((1u << WINDOWS) - 1);
        while (ready && next < come) {
            int w = __builtin_ctz(ready);
            ready &= ready - 1;
            busy |= 1u << w;
            patient[w] = (int32_t)next;
            called[next] = now;
            window[next] = w;
            wait += now - arrived[next];
            timer[w] = (now + service[next]) * 8 + w;
            next++;
        }
    }
    sum->ended_us = now;
    sum->wait_us = wait;
    sum->events = events;
}

/* the same day several times over, so that the call from Python does not count */
void days(int64_t times, int64_t patients, const int64_t *arrived, const int64_t *service, const int64_t *label, const int64_t *up,
          const int64_t *repair, int64_t *called, int64_t *ended, int64_t *received, int64_t *window, int32_t *line, Sum *sum) {
    for (int64_t time = 0; time < times; time++)
        day(patients, arrived, service, label, up, repair, called, ended, received, window, line, sum);
}
