// Windows runs no script by its first line. A copy of this program beside one, and of its name, does: `tool.exe`
// runs `tool` with the program that `tool` names after "#!". What it runs ends with it.
#include <stdio.h>
#include <windows.h>

#define LONGEST 32768

static wchar_t script[LONGEST], interpreter[LONGEST], line[LONGEST];

static int of_no_use(const char *what) {
  fprintf(stderr, "%ls: %s (%lu)\n", script, what, GetLastError());
  return 126;
}

static int read_interpreter(void) {
  char first[LONGEST] = "";
  FILE *file = _wfopen(script, L"rb");
  if (file == NULL) return 0;
  fgets(first, sizeof first, file);
  fclose(file);
  first[strcspn(first, "\r\n")] = 0;
  return strncmp(first, "#!", 2) == 0 && MultiByteToWideChar(CP_UTF8, 0, first + 2, -1, interpreter, LONGEST) > 0;
}

// What follows the program's own name, as it was given.
static const wchar_t *arguments(void) {
  const wchar_t *rest = GetCommandLineW();
  int quoted = 0;
  for (; *rest != 0 && (quoted || *rest != L' '); rest += 1) quoted ^= *rest == L'"';
  return rest;
}

// Whoever ends this program ends the other.
static HANDLE ending_with_us(void) {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
  HANDLE job = CreateJobObjectW(NULL, NULL);
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

int wmain(void) {
  STARTUPINFOW start = {.cb = sizeof start};
  PROCESS_INFORMATION run;
  DWORD code = 126;
  script[GetModuleFileNameW(NULL, script, LONGEST) - 4] = 0;
  if (!read_interpreter()) return of_no_use("names no program after #!");
  swprintf(line, LONGEST, L"\"%ls\" \"%ls\"%ls", interpreter, script, arguments());
  GetStartupInfoW(&start);
  if (!CreateProcessW(interpreter, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &start, &run)) {
    return of_no_use("could not be started");
  }
  AssignProcessToJobObject(ending_with_us(), run.hProcess);
  ResumeThread(run.hThread);
  WaitForSingleObject(run.hProcess, INFINITE);
  GetExitCodeProcess(run.hProcess, &code);
  return (int)code;
}
