#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusUnixFileDescriptor>
#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <utility>

#include "sleep.h"

namespace desktop {
namespace {

const char kService[] = "org.freedesktop.login1";
const char kPath[] = "/org/freedesktop/login1";
const char kManager[] = "org.freedesktop.login1.Manager";

// Holds logind's delay lock while the computer is awake: without one it sleeps at once.
class LogindWatch : public QObject, public SleepWatch {
  Q_OBJECT

 public:
  LogindWatch(std::function<void()> on_sleep, std::function<void()> on_wake)
      : on_sleep_(std::move(on_sleep)), on_wake_(std::move(on_wake)) {
    QDBusConnection::systemBus().connect(kService, kPath, kManager, "PrepareForSleep", this,
                                         SLOT(PrepareForSleep(bool)));
    TakeLock();
  }

 private slots:
  void PrepareForSleep(bool sleeps) {
    if (sleeps) {
      on_sleep_();
      lock_ = QDBusUnixFileDescriptor();
    } else {
      on_wake_();
      TakeLock();
    }
  }

 private:
  // Asks without waiting for the answer: logind may be slow, or not there.
  void TakeLock() {
    QDBusMessage inhibit = QDBusMessage::createMethodCall(kService, kPath, kManager, "Inhibit");
    inhibit << "sleep"
            << "desktop"
            << "Stores what was not sent yet"
            << "delay";
    auto* call = new QDBusPendingCallWatcher(QDBusConnection::systemBus().asyncCall(inhibit), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, [this, call] {
      const QDBusPendingReply<QDBusUnixFileDescriptor> reply = *call;
      if (reply.isValid()) lock_ = reply.value();
      call->deleteLater();
    });
  }

  const std::function<void()> on_sleep_, on_wake_;
  QDBusUnixFileDescriptor lock_;
};

}  // namespace

std::unique_ptr<SleepWatch> SleepWatch::Make(std::function<void()> on_sleep,
                                             std::function<void()> on_wake) {
  if (!QDBusConnection::systemBus().isConnected()) return nullptr;
  return std::make_unique<LogindWatch>(std::move(on_sleep), std::move(on_wake));
}

}  // namespace desktop

#include "sleep_logind.moc"
