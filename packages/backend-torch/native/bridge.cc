// libtorch's operator dispatcher for Node: find an operator by name, call it, hold what comes out under an integer.
// What it exports is described in src/libtorch/bridge.ts.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>

#include <deque>
#include <torch/csrc/api/include/torch/version.h>

#include "caching-allocator.h"
#include "host-copy.h"
#include "node-values.h"
#include "operator.h"
#include "tensor-table.h"

namespace kdx {

/// What one Node environment holds.
struct Bridge {
  TensorTable tensors;
  // A deque: an argument's getter may find another operator while one is being called.
  std::deque<Operator> operators;
};

/// A call from JavaScript: the environment, its bridge and its arguments.
struct Call {
  static constexpr size_t kMost = 32;

  Call(napi_env env, napi_callback_info info) : env(env) {
    void* data;
    check(napi_get_cb_info(env, info, &count, args, nullptr, &data));
    bridge = static_cast<Bridge*>(data);
  }

  int64_t integer(size_t i) const { return toInt(env, args[i]); }
  std::string text(size_t i) const { return toString(env, args[i]); }
  const at::Tensor& tensor(size_t i) const { return bridge->tensors.at(integer(i)); }
  napi_value handle(at::Tensor tensor) const { return fromDouble(env, bridge->tensors.put(std::move(tensor))); }

  napi_env env;
  Bridge* bridge;
  size_t count = kMost;
  napi_value args[kMost];
};

const char* codeOf(const std::exception& error) {
  const bool isMemory = dynamic_cast<const OutOfMemory*>(&error) || dynamic_cast<const std::bad_alloc*>(&error) ||
                        std::string(error.what()).find("out of memory") != std::string::npos;
  return isMemory ? "KDX_TORCH_OUT_OF_MEMORY" : "KDX_TORCH_OPERATOR";
}

/// The first line: what follows in libtorch's messages is a C++ stack.
std::string sentenceOf(const std::exception& error) {
  const auto* torchError = dynamic_cast<const c10::Error*>(&error);
  const std::string text = torchError ? torchError->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

using Body = napi_value (*)(const Call&);

/// Turns what a body throws into a JavaScript error: a C++ exception must not cross Node-API.
template <Body body>
napi_value exported(napi_env env, napi_callback_info info) {
  try {
    return body(Call(env, info));
  } catch (const std::exception& error) {
    napi_throw_error(env, codeOf(error), sentenceOf(error).c_str());
    return nullptr;
  }
}

c10::optional<c10::OperatorHandle> lookUp(const Call& call) {
  return c10::Dispatcher::singleton().findSchema({call.text(0), call.text(1)});
}

napi_value schema(const Call& call) {
  const auto found = lookUp(call);
  return found ? fromString(call.env, c10::toString(found->schema())) : undefined(call.env);
}

napi_value find(const Call& call) {
  const auto found = lookUp(call);
  if (!found) return undefined(call.env);
  call.bridge->operators.emplace_back(*found);
  return fromDouble(call.env, static_cast<double>(call.bridge->operators.size() - 1));
}

napi_value callOperator(const Call& call) {
  const auto& op = call.bridge->operators.at(call.integer(0));
  try {
    return op.call(call.env, call.bridge->tensors, call.args + 1, call.count - 1);
  } catch (const std::exception& error) {
    napi_throw_error(call.env, codeOf(error), (op.name() + ": " + sentenceOf(error)).c_str());
    return nullptr;
  }
}

napi_value copyFromHost(const Call& call) {
  return call.handle(fromHost(toHostMemory(call.env, call.args[0]), toInts(call.env, call.args[1]),
                              typeNamed(call.text(2)), deviceAt(call.integer(3))));
}

napi_value copyToHost(const Call& call) {
  const Download download(call.tensor(0));
  download.wait();
  download.into(toHostMemory(call.env, call.args[1]));
  return undefined(call.env);
}

/// A download waited for on a thread of Node's pool; the copy into JavaScript's memory is made on Node's own.
struct Waiting {
  Waiting(const Call& call) : download(call.tensor(0)) {
    check(napi_create_reference(call.env, call.args[1], 1, &into));
    napi_value name = fromString(call.env, "kdx:download");
    check(napi_create_promise(call.env, &deferred, &promise));
    check(napi_create_async_work(call.env, nullptr, name, &execute, &complete, this, &work));
    check(napi_queue_async_work(call.env, work));
  }

  static void execute(napi_env, void* self) { static_cast<Waiting*>(self)->download.wait(); }

  static void complete(napi_env env, napi_status, void* data) {
    const std::unique_ptr<Waiting> self(static_cast<Waiting*>(data));
    try {
      napi_value array;
      check(napi_get_reference_value(env, self->into, &array));
      self->download.into(toHostMemory(env, array));
      napi_resolve_deferred(env, self->deferred, undefined(env));
    } catch (const std::exception& error) {
      napi_value reason;
      napi_create_error(env, fromString(env, codeOf(error)), fromString(env, sentenceOf(error)), &reason);
      napi_reject_deferred(env, self->deferred, reason);
    }
    napi_delete_reference(env, self->into);
    napi_delete_async_work(env, self->work);
  }

  Download download;
  napi_ref into;
  napi_deferred deferred;
  napi_value promise;
  napi_async_work work;
};

napi_value copyToHostAsync(const Call& call) { return (new Waiting(call))->promise; }

napi_value freeTensor(const Call& call) {
  call.bridge->tensors.drop(call.integer(0));
  return undefined(call.env);
}

napi_value alias(const Call& call) { return call.handle(call.tensor(0)); }

/// Writes the element type's number and the sizes into an array of JavaScript's, and returns how many sizes there are.
napi_value describe(const Call& call) {
  const auto& tensor = call.tensor(0);
  const auto into = toHostMemory(call.env, call.args[1]);
  if (into.bytes < 4 * (1 + tensor.sizes().size())) throw std::invalid_argument("the array is too short");
  auto* numbers = static_cast<int32_t*>(into.data);
  *numbers++ = static_cast<int32_t>(tensor.scalar_type());
  for (const auto size : tensor.sizes()) *numbers++ = static_cast<int32_t>(size);
  return fromDouble(call.env, static_cast<double>(tensor.dim()));
}

napi_value isShared(const Call& call) {
  const auto& tensor = call.tensor(0);
  return fromBool(call.env, tensor.use_count() > 1 || tensor.storage().use_count() > 1);
}

napi_value isLaidOutAs(const Call& call) {
  const auto &tensor = call.tensor(0), &other = call.tensor(1);
  return fromBool(call.env, tensor.is_non_overlapping_and_dense() && tensor.strides() == other.strides());
}

napi_value threads(const Call& call) { return fromDouble(call.env, at::get_num_threads()); }

/// OpenBLAS built on pthreads has a pool of its own, which libtorch does not set.
napi_value setThreads(const Call& call) {
  const auto wanted = static_cast<int>(call.integer(0));
  if (wanted < 1) throw std::invalid_argument("a number of threads is at least 1");
  at::set_num_threads(wanted);
  using Set = void (*)(int);
  if (const auto set = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(wanted);
  return threads(call);
}

napi_value seed(const Call& call) {
  at::manual_seed(static_cast<uint64_t>(call.integer(0)));
  return undefined(call.env);
}

napi_value cudaDevices(const Call& call) {
  const bool has = at::globalContext().hasCUDA();
  return fromDouble(call.env, has ? c10::impl::getDeviceGuardImpl(at::kCUDA)->deviceCount() : 0);
}

napi_value memory(const Call& call) {
  const auto figures = CachingAllocator::instance().figures();
  napi_value object;
  check(napi_create_object(call.env, &object));
  const auto set = [&](const char* name, size_t value) {
    check(napi_set_named_property(call.env, object, name, fromDouble(call.env, static_cast<double>(value))));
  };
  set("live", figures.live);
  set("reserved", figures.reserved);
  set("peak", figures.peak);
  set("tensors", call.bridge->tensors.held());
  return object;
}

napi_value setMemoryLimit(const Call& call) {
  CachingAllocator::instance().setLimit(static_cast<size_t>(toDouble(call.env, call.args[0])));
  return undefined(call.env);
}

napi_value resetPeak(const Call& call) {
  CachingAllocator::instance().resetPeak();
  return undefined(call.env);
}

/// MKL and CUDA load parts of themselves late, which look for their symbols among the global ones. Of a libtorch that has such
/// libraries this one, made for the purpose, depends on just them; all else of libtorch stays out of sight of other addons.
void showMathLibraries() { dlopen("libtorch_global_deps.so", RTLD_NOW | RTLD_GLOBAL); }

napi_value load(napi_env env, napi_value exports) {
  showMathLibraries();
  // Above PyTorch's own, whose priority is 0.
  c10::SetCPUAllocator(&CachingAllocator::instance(), 1);
  auto* bridge = new Bridge();
  napi_set_instance_data(env, bridge, [](napi_env, void* data, void*) { delete static_cast<Bridge*>(data); }, nullptr);
  const auto add = [&](const char* name, napi_callback function) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, bridge, &value);
    napi_set_named_property(env, exports, name, value);
  };
  add("schema", exported<schema>);
  add("find", exported<find>);
  add("call", exported<callOperator>);
  add("fromHost", exported<copyFromHost>);
  add("toHost", exported<copyToHost>);
  add("toHostAsync", exported<copyToHostAsync>);
  add("free", exported<freeTensor>);
  add("alias", exported<alias>);
  add("describe", exported<describe>);
  add("isShared", exported<isShared>);
  add("isLaidOutAs", exported<isLaidOutAs>);
  add("threads", exported<threads>);
  add("setThreads", exported<setThreads>);
  add("seed", exported<seed>);
  add("cudaDevices", exported<cudaDevices>);
  add("memory", exported<memory>);
  add("setMemoryLimit", exported<setMemoryLimit>);
  add("resetPeak", exported<resetPeak>);
  napi_set_named_property(env, exports, "builtWith", fromString(env, TORCH_VERSION));
  napi_set_named_property(env, exports, "hasOneDnn", fromBool(env, at::globalContext().hasMKLDNN()));
  return exports;
}

}  // namespace kdx

NAPI_MODULE(kdx_torch, kdx::load)
