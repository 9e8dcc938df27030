// Of UnityEngine what the package in samples/unity uses, and an engine that runs components as
// Unity does: it calls their messages by name, whatever their access. Its HTTP is in
// WebRequestStub.cs.

using System;
using System.Collections.Generic;
using System.Reflection;
using System.Threading;

namespace UnityEngine {
public class AddComponentMenu : Attribute {
  public AddComponentMenu(string name) {}
}
public class DefaultExecutionOrder : Attribute {
  public DefaultExecutionOrder(int order) {}
}
public class DisallowMultipleComponent : Attribute {}
public enum RuntimeInitializeLoadType { AfterSceneLoad, SubsystemRegistration = 4 }
public class RuntimeInitializeOnLoadMethodAttribute : Attribute {
  public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType type) {}
}

public class UnityException : SystemException {
  public UnityException(string message) : base(message) {}
}

public class Object {
  public static void DontDestroyOnLoad(Object kept) {}
}

public class MonoBehaviour : Object {
  public GameObject gameObject { get; internal set; }
}

public sealed class GameObject : Object {
  readonly List<MonoBehaviour> components = new List<MonoBehaviour>();
  readonly HashSet<MonoBehaviour> awake = new HashSet<MonoBehaviour>();
  bool active = true;

  public GameObject(string name) { StubEngine.Objects.Add(this); }

  public T AddComponent<T>() where T : MonoBehaviour, new() {
    T added = new T();
    added.gameObject = this;
    components.Add(added);
    if (active) Enable(added);
    return added;
  }

  public void SetActive(bool wanted) {
    if (wanted == active) return;
    active = wanted;
    if (wanted) {
      foreach (MonoBehaviour each in components) Enable(each);
    } else {
      Send("OnDisable");
    }
  }

  void Enable(MonoBehaviour component) {
    bool first = awake.Add(component);
    if (first) StubEngine.Send(component, "Awake");
    StubEngine.Send(component, "OnEnable");
    if (first) StubEngine.Send(component, "Start");
  }

  internal void Send(string message, params object[] arguments) {
    foreach (MonoBehaviour each in components) StubEngine.Send(each, message, arguments);
  }
  internal bool Active {
    get { return active; }
  }
}

public static class Application {
  public static string persistentDataPath { get; set; }
}

public static class Debug {
  public static readonly List<string> Lines = new List<string>();
  static void Write(string level, object text) {
    Lines.Add(level + " " + text);
    Console.Error.WriteLine(level + " " + text);
  }
  public static void Log(object text) { Write("log", text); }
  public static void LogWarning(object text) { Write("warning", text); }
  public static void LogError(object text) { Write("error", text); }
  public static void LogException(Exception exception) { Write("exception", exception.Message); }
}

public static class GUILayout {
  public static void Label(string text) { StubEngine.Labels.Add(text); }
  public static bool Button(string text) {
    bool pressed = StubEngine.Pressed == text;
    if (pressed) StubEngine.Pressed = "";
    return pressed;
  }
}

public static class StubEngine {
  public static readonly List<GameObject> Objects = new List<GameObject>();
  public static readonly List<string> Labels = new List<string>();
  public static string Pressed = "";

  static readonly int mainThread = Thread.CurrentThread.ManagedThreadId;
  static volatile bool unloading;

  static StubEngine() { AppDomain.CurrentDomain.DomainUnload += (sender, e) => unloading = true; }

  // What the engine allows on the main thread alone, and to no domain that is going away. The words
  // on the console are for tests/unity.sh, as a caller may catch the exception.
  public static void Check(string what) {
    if (!unloading && Thread.CurrentThread.ManagedThreadId == mainThread) return;
    Console.Error.WriteLine("misuse: " + what);
    throw new UnityException(what + " can only be called from the main thread.");
  }

  public static void Send(MonoBehaviour component, string message, params object[] arguments) {
    MethodInfo method = component.GetType().GetMethod(
        message, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
    if (method != null) method.Invoke(component, arguments);
  }

  public static void SendAll(string message, params object[] arguments) {
    foreach (GameObject each in Objects) {
      if (each.Active) each.Send(message, arguments);
    }
  }

  public static void Frame() {
    Labels.Clear();
    SendAll("Update");
    SendAll("OnGUI");
  }

  // As Unity ends: first the question, then everything is disabled.
  public static void Quit() {
    SendAll("OnApplicationQuit");
    foreach (GameObject each in Objects) each.SetActive(false);
  }

  // As the Editor begins to play without a domain reload.
  public static void EnterPlayMode(Type type) {
    foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic)) {
      if (Attribute.IsDefined(method, typeof(RuntimeInitializeOnLoadMethodAttribute))) {
        method.Invoke(null, null);
      }
    }
  }
}
}
