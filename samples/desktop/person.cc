#include "person.h"

#include <QAbstractButton>
#include <QApplication>
#include <QFile>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QWidget>
#include <cstdio>
#include <utility>

namespace desktop {
namespace {

template <class Widget>
Widget* Visible(const QString& name) {
  for (QWidget* widget : QApplication::allWidgets()) {
    if (widget->objectName() != name || !widget->isVisible()) continue;
    if (auto* found = qobject_cast<Widget*>(widget)) return found;
  }
  return nullptr;
}

// A modal window in front keeps the mouse from what is behind it, as it does on a screen.
bool Reachable(const QWidget* widget) {
  const QWidget* modal = QApplication::activeModalWidget();
  return widget != nullptr && widget->isEnabled() &&
         (modal == nullptr || widget->window() == modal);
}

bool Click(QAbstractButton* button) {
  if (!Reachable(button)) return false;
  // A check box answers only where its words are.
  const QPointF at(12, button->height() / 2.0);
  for (const QEvent::Type type : {QEvent::MouseButtonPress, QEvent::MouseButtonRelease}) {
    const bool down = type == QEvent::MouseButtonPress;
    QMouseEvent event(type, at, button->mapToGlobal(at), Qt::LeftButton,
                      down ? Qt::LeftButton : Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(button, &event);
  }
  return true;
}

bool Type(QLineEdit* line, const QString& text) {
  if (!Reachable(line)) return false;
  line->selectAll();
  for (const QChar letter : text) {
    QKeyEvent event(QEvent::KeyPress, 0, Qt::NoModifier, QString(letter));
    QApplication::sendEvent(line, &event);
  }
  return true;
}

bool TakePicture(const QString& file) {
  QWidget* front = QApplication::activeModalWidget();
  for (QWidget* window : QApplication::topLevelWidgets()) {
    if (front == nullptr && window->isVisible()) front = window;
  }
  return front != nullptr && front->grab().save(file);
}

}  // namespace

Person::Person(const QString& file, std::function<void()> session_end)
    : session_end_(std::move(session_end)) {
  QFile script(file);
  if (file.isEmpty() || !script.open(QIODevice::ReadOnly)) return;
  lines_ = QString::fromUtf8(script.readAll()).split('\n', Qt::SkipEmptyParts);
  since_.start();
  QObject::connect(&timer_, &QTimer::timeout, [this] { Step(); });
  timer_.start(20);
}

void Person::Step() {
  if (Do(lines_.front())) {
    std::printf("done: %s\n", qUtf8Printable(lines_.takeFirst()));
    std::fflush(stdout);
    since_.start();
    if (lines_.isEmpty()) timer_.stop();
  } else if (since_.elapsed() > 20'000) {
    std::printf("it could not be done: %s\n", qUtf8Printable(lines_.front()));
    timer_.stop();
    QApplication::exit(3);
  }
}

bool Person::Do(const QString& line) {
  const QString verb = line.section(' ', 0, 0), name = line.section(' ', 1, 1);
  const QString text = line.section(' ', 2);
  if (verb == "click") return Click(Visible<QAbstractButton>(name));
  if (verb == "type") return Type(Visible<QLineEdit>(name), text);
  if (verb == "close") return Visible<QWidget>(name) != nullptr && Visible<QWidget>(name)->close();
  if (verb == "waits") return QFile::exists(name);
  if (verb == "shows") return Visible<QWidget>(name) != nullptr;
  if (verb == "hides") return Visible<QWidget>(name) == nullptr;
  if (verb == "picture") return TakePicture(name);
  if (verb == "says") {
    const auto* label = Visible<QLabel>(name);
    return label != nullptr && label->text().contains(text);
  }
  if (verb == "session_end") {
    session_end_();
    return true;
  }
  if (verb == "quit") return QApplication::closeAllWindows(), true;
  return false;
}

}  // namespace desktop
