// A person for the tests: does what lines of text say, one after the other, each as soon as it can
// be done. A line that could not be done within 20 s ends the program with exit code 3.
//
//   click NAME        a button that is visible and enabled
//   type NAME TEXT    into a line, in place of what is there
//   close NAME        a window, by its corner
//   waits FILE        until it is there
//   shows NAME        waits until it can be seen
//   hides NAME        waits until it cannot
//   says NAME TEXT    waits until the text is in the label
//   picture FILE      of the window that is in front
//   session_end       as if the session ended
//   quit              closes the window
//
// Each line is printed once it is done; after the last the program goes on.

#ifndef EMBEDDABLES_SAMPLES_DESKTOP_PERSON_H_
#define EMBEDDABLES_SAMPLES_DESKTOP_PERSON_H_

#include <QElapsedTimer>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <functional>

namespace desktop {

class Person {
 public:
  // An empty file name: nobody is there. `session_end` is called for the line of that name.
  Person(const QString& file, std::function<void()> session_end);

 private:
  void Step();
  bool Do(const QString& line);

  const std::function<void()> session_end_;
  QStringList lines_;
  QElapsedTimer since_;  // the last line was done
  QTimer timer_;
};

}  // namespace desktop

#endif  // EMBEDDABLES_SAMPLES_DESKTOP_PERSON_H_
