// What the doctor asks of its system about the device.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_DEVICE_SYSTEM_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_DEVICE_SYSTEM_H_

#include <string>
#include <vector>

namespace cli {

// Where the next process of this user keeps its events in memory; empty: it can nowhere.
std::string MemoryFolder();
extern const char* const kMemoryPlaces;  // where it looks, in words
extern const char* const kMemoryAdvice;  // what to do if it can nowhere

// Where to look, and what to do, in words of this system.
extern const char* const kNameServers;
extern const char* const kCertificates;
extern const char* const kSetClock;

// How worn a flash memory is.
struct Wear {
  std::string device;
  unsigned tenths = 0;  // of its life that are used up; 11: it is over
};
// Those that the system tells of.
std::vector<Wear> ReadWear();

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_DEVICE_SYSTEM_H_
