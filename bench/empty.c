// An addon with one function, which does nothing.
#include <node_api.h>

static napi_value empty(napi_env env, napi_callback_info info) { return NULL; }

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "empty", NAPI_AUTO_LENGTH, empty, NULL, &function);
  napi_set_named_property(env, exports, "empty", function);
  return exports;
}
