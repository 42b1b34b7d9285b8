// Adds two vectors with one thread for each number.
//   nvcc -O3 -std=c++17 -arch=native vector_add.cu -o vector_add && ./vector_add 67108864
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#define CHECK(call)                                                                     \
    if (cudaError_t error = (call); error != cudaSuccess) {                             \
        std::fprintf(stderr, "line %d: %s\n", __LINE__, cudaGetErrorString(error));     \
        std::exit(1);                                                                   \
    }

__global__ void add(const float* a, const float* b, float* c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + b[i];
}

int main(int count, char** words) {
    const int n = count > 1 ? std::atoi(words[1]) : 1 << 26;
    if (n < 1 || n > 1 << 28) {
        std::fprintf(stderr, "n must be between 1 and %d\n", 1 << 28);
        return 2;
    }
    const size_t bytes = size_t(n) * sizeof(float);

    std::vector<float> a(n), b(n), c(n);
    std::minstd_rand random(1);
    for (float& value : a) value = random() / float(1 << 30) - 1;
    for (float& value : b) value = random() / float(1 << 30) - 1;

    float *on_gpu_a, *on_gpu_b, *on_gpu_c;
    CHECK(cudaMalloc(&on_gpu_a, bytes));
    CHECK(cudaMalloc(&on_gpu_b, bytes));
    CHECK(cudaMalloc(&on_gpu_c, bytes));
    CHECK(cudaMemcpy(on_gpu_a, a.data(), bytes, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(on_gpu_b, b.data(), bytes, cudaMemcpyHostToDevice));

    const int threads = 256;
    const int blocks = (n + threads - 1) / threads;
    cudaEvent_t begin, end;
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    std::vector<double> seconds;
    for (int run = 0; run < 13; ++run) {
        CHECK(cudaEventRecord(begin));
        add<<<blocks, threads>>>(on_gpu_a, on_gpu_b, on_gpu_c, n);
        CHECK(cudaGetLastError());
        CHECK(cudaEventRecord(end));
        CHECK(cudaEventSynchronize(end));
        float milliseconds = 0;
        CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
        if (run >= 2) seconds.push_back(milliseconds / 1e3);
    }
    std::sort(seconds.begin(), seconds.end());

    CHECK(cudaMemcpy(c.data(), on_gpu_c, bytes, cudaMemcpyDeviceToHost));
    double error = 0;
    for (int i = 0; i < n; ++i) error = std::max(error, std::fabs(double(c[i]) - (a[i] + b[i])));

    cudaDeviceProp gpu;
    CHECK(cudaGetDeviceProperties(&gpu, 0));
    std::printf("{\"name\": \"vector_add\", \"n\": %d, \"median_s\": %.9f, \"min_s\": %.9f, \"max_s\": %.9f, "
                "\"runs\": %zu, \"flops\": %.0f, \"bytes\": %.0f, \"max_error\": %.3e, \"device\": \"%s\"}\n",
                n, seconds[seconds.size() / 2], seconds.front(), seconds.back(), seconds.size(), double(n),
                3.0 * bytes, error, gpu.name);
    CHECK(cudaFree(on_gpu_a));
    CHECK(cudaFree(on_gpu_b));
    CHECK(cudaFree(on_gpu_c));
}
