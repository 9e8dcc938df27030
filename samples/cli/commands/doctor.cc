#include <embeddables/agent.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "samples/cli/commands/command.h"
#include "samples/cli/doctor/check.h"
#include "samples/cli/doctor/patient.h"
#include "samples/cli/key.h"

namespace cli {

using namespace embeddables;

namespace {

bool SenderTells(const Inspection& seen) {
  return std::any_of(seen.processes.begin(), seen.processes.end(),
                     [](const ProcessStatus& each) { return each.sender; });
}

// A process that has just begun to send says so a moment later. One whose memory is plain never
// does, and is not waited for where nobody else could be meant.
Status Look(Patient* patient) {
  constexpr int kLooks = 20;
  Status status = Agent::Inspect(patient->store, &patient->seen);
  for (int look = 1; look < kLooks && status.ok(); ++look) {
    const Inspection& seen = patient->seen;
    if (!seen.sends || seen.processes.empty() || SenderTells(seen)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = Agent::Inspect(patient->store, &patient->seen);
  }
  return status;
}

int Examine(Patient* patient) {
  patient->has_key = ReadKey(patient->settings);
  patient->inspected = Agent::StorePath(patient->config(), &patient->store);
  if (patient->inspected.ok()) patient->inspected = Look(patient);
  Checks checks;
  const bool complete = CheckSettings(*patient, &checks);
  CheckNetwork(*patient, complete, &checks);
  CheckDevice(*patient, &checks);
  const std::string said = patient->settings->json ? CheckJson(checks) : CheckLines(checks);
  std::fwrite(said.data(), 1, said.size(), stdout);
  return ExitFor(checks);
}

}  // namespace

Command::Action PrepareDoctor(OptionSet* options, Settings* settings) {
  const auto patient = std::make_shared<Patient>();
  patient->settings = settings;
  options
      ->Flag("--json", &settings->json,
             "As one JSON object; the exit code is 0 if no check fails, else that of the first "
             "that does: 2 settings, 3 entry or test event, 4 network, server or clock, 5 disk or "
             "store, 6 key or project")
      .NoVariable();
  options
      ->Flag("--send-test-event", &patient->send_test_event,
             "Send one event, embeddables_agent_doctor, about --identifier: it stays in the "
             "project")
      .NoVariable();
  options->Text("--identifier", &patient->identifier, "The person it is about: email=a@b.c");
  AddOpenOptions(options, settings);
  AddEventIdKey(options, settings);
  AddEndpointOptions(options, settings);
  AddTimeout(options, settings, "How long each request, and the disk, may take");
  return [patient] { return Examine(patient.get()); };
}

}  // namespace cli
