// All that the program has to do with the agent. Without an agent the calls do nothing. They are
// for the thread of the windows; those that may block name their time.

#ifndef EMBEDDABLES_SAMPLES_DESKTOP_TELEMETRY_H_
#define EMBEDDABLES_SAMPLES_DESKTOP_TELEMETRY_H_

#include <embeddables/agent.h>

#include <QString>
#include <cstdint>
#include <memory>
#include <string>

#include "settings.h"

namespace desktop {

class Telemetry {
 public:
  Telemetry(std::string base_url, std::string store);

  // Opens the store, and never waits for the network. Also for new settings: what was tracked under
  // the old ones is kept and sent under the new ones. False: the program goes on without.
  bool Start(const Settings& settings);

  // Is there a person to be asked? Not if somebody, perhaps in another instance, has answered, nor
  // as long as another program has the store locked: it may hold an answer.
  bool MustAsk() const;
  embeddables::Consent consent() const;
  void Agree();
  // Erases all that was collected and not sent. Up to 5 s. Returns what came of it, for the person.
  QString Deny();

  void DocumentOpened();
  void DocumentExported(const char* format, int pages);

  void Sleep();  // up to 500 ms: the system waits for us
  void Wake();

  // The program, or the session, ends. Up to 2 s; what is not sent by then is sent by the next
  // start.
  void End();

  // What goes on, in plain words.
  QString Words() const;

 private:
  void Track(const char* name, embeddables::Props props = {});

  const std::string base_url_, store_;
  std::string trouble_;  // why there is no agent
  std::unique_ptr<embeddables::Agent> agent_;
};

}  // namespace desktop

#endif  // EMBEDDABLES_SAMPLES_DESKTOP_TELEMETRY_H_
