// What the program remembers of its own: the way to the network. The answer about telemetry is not
// here, for the store remembers that, for every instance.

#ifndef EMBEDDABLES_SAMPLES_DESKTOP_SETTINGS_H_
#define EMBEDDABLES_SAMPLES_DESKTOP_SETTINGS_H_

#include <QString>
#include <string>

namespace desktop {

struct Settings {
  enum class Proxy { kNone, kSystem, kUrl };

  Proxy proxy = Proxy::kSystem;
  QString proxy_url;   // http://host:port or socks5h://host:port
  QString proxy_user;  // empty: the proxy asks nobody
  // Only in memory: a program of your own puts it into the system's keyring.
  QString proxy_password;

  bool operator==(const Settings& other) const;

  // Without a file: all as above. False: the file could not be written.
  static Settings Load(const QString& file);
  bool Save(const QString& file) const;

  // For Config::proxy; empty: the environment decides.
  std::string ProxyFor(const std::string& base_url) const;
};

}  // namespace desktop

#endif  // EMBEDDABLES_SAMPLES_DESKTOP_SETTINGS_H_
