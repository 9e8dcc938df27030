// The workloads. Each prints lines of "name key=value ..." and returns an exit code.

#ifndef EMBEDDABLES_TESTS_BENCH_WORKLOADS_H_
#define EMBEDDABLES_TESTS_BENCH_WORKLOADS_H_

#include "tests/bench/measure.h"

namespace bench {

int BackToBackAndPaced(const Options& options);  // w1: one thread
int FourThreads(const Options& options);         // w2
int ToDisk(const Options& options);              // w3: with SQLite alone as its limit
int Drain(const Options& options);               // w4: with bare curl_multi as its limit
int Killed(const Options& options);              // w5
int Footprint(const Options& options);           // w6
int Heap(const Options& options);                // its peak
int Growth(const Options& options);
int Busy(const Options& options);       // calls while the agent works
int Minute(const Options& options);     // the longest call
int Immediate(const Options& options);  // with bare FULL commits as its limit
int Pauses(const Options& options);     // while bounds are enforced
int Flash(const Options& options);      // 1 and 100 events/s, online and offline; idle
int Latency(const Options& options);    // a network of 50 ms; a server that can take no more
int Sustained(const Options& options);  // 200,000 events/s for 10 s
int Command(const Options& options);    // one event by the command line

}  // namespace bench

#endif  // EMBEDDABLES_TESTS_BENCH_WORKLOADS_H_
